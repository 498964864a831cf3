//! Blocks eight bytes at a time, for sets of instructions that pack and spread the bytes of a word.

/// Which bytes of a word are not zero, the lowest first.
#[inline]
pub(super) fn nonzero(word: u64) -> u8 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // The high bit of each byte says it, and the product has these bits side by side at its top.
    let high = ((word & LOW).wrapping_add(LOW) | word) & !LOW;
    ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// Which bytes of 64 are not `byte`, the first lowest.
#[inline]
pub(super) fn differing(group: &[u8; 64], byte: u8) -> u64 {
    let byte = u64::from_le_bytes([byte; 8]);
    let mut maps = [0; 8];
    for (map, word) in maps.iter_mut().zip(group.as_chunks().0) {
        *map = nonzero(u64::from_le_bytes(*word) ^ byte);
    }
    u64::from_le_bytes(maps)
}

/// For each eight bits, which byte of a word each byte of the packed word comes from.
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
pub(super) static PACK: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut bit, mut to) = (0, 0);
        while bit < 8 {
            if bits >> bit & 1 == 1 {
                table[bits] |= bit << (8 * to);
                to += 1;
            }
            bit += 1;
        }
        bits += 1;
    }
    table
};

/// For each eight bits, which byte of the packed word each byte of a word comes from; 128 where it is zero.
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
pub(super) static SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut bit, mut from) = (0, 0);
        while bit < 8 {
            let is_kept = bits >> bit & 1 == 1;
            table[bits] |= (if is_kept { from } else { 128 }) << (8 * bit);
            from += is_kept as u64;
            bit += 1;
        }
        bits += 1;
    }
    table
};

/// `encode` and `decode` of a module that has `encode_block` and `decode_block`.
macro_rules! walk {
    ($($features:literal)?) => {
        /// As [`Kernels::encode`](super::Kernels) says.
        $(#[target_feature(enable = $features)])?
        pub(crate) fn encode(blocks: &[[u8; BLOCK]], common: u8, room: &mut [u8]) -> (usize, usize) {
            let mut at = 0;
            for (done, block) in blocks.iter().enumerate() {
                let Some(out) = room[at..].first_chunk_mut() else { return (done, at) };
                at += encode_block(block, common, out);
            }
            (blocks.len(), at)
        }

        /// As [`Kernels::decode`](super::Kernels) says.
        $(#[target_feature(enable = $features)])?
        pub(crate) fn decode(source: &[u8], common: u8, blocks: &mut [[u8; BLOCK]]) -> (usize, usize) {
            let mut at = 0;
            for (done, block) in blocks.iter_mut().enumerate() {
                let read = source[at..].first_chunk().and_then(|source| decode_block(source, common, block));
                let Some(read) = read else { return (at, done) };
                at += read;
            }
            (at, blocks.len())
        }
    };
}

/// The kernels of a module that has three functions: `differing`, which bytes of 64 are not the given one; `pack`, the bytes
/// of a word whose bit is set, side by side; and `spread`, which undoes that and has zeroes between them. Bytes of a word beyond
/// those that are packed may be any.
macro_rules! kernels {
    ($($features:literal)?) => {
        $crate::kernels::words::walk!($($features)?);

        #[inline]
        $(#[target_feature(enable = $features)])?
        fn encode_block(block: &[u8; BLOCK], common: u8, out: &mut [u8; ROOM]) -> usize {
            let groups = block.as_chunks::<64>().0;
            let mut lower = [0_u64; 8];
            for (map, group) in lower.iter_mut().zip(groups) {
                *map = differing(group, common);
            }
            let kept = lower.iter().map(|map| map.count_ones()).sum();
            if kept == 0 {
                out[0] = 0;
                return 1;
            }
            let upper = lower.map(nonzero);
            let top = nonzero(u64::from_le_bytes(upper));
            if is_dense(top, u64::from_le_bytes(upper), kept) {
                return write_dense(block, out);
            }
            out[0] = top;
            let mut at = 1;
            put(out, &mut at, u64::from_le_bytes(upper), top);
            for (map, bits) in lower.into_iter().zip(upper) {
                put(out, &mut at, map, bits);
            }
            let common = u64::from_le_bytes([common; 8]);
            for (group, map) in groups.iter().zip(lower) {
                for (word, bits) in group.as_chunks().0.iter().zip(map.to_le_bytes()) {
                    put(out, &mut at, u64::from_le_bytes(*word) ^ common, bits);
                }
            }
            at
        }

        /// Appends the bytes of `word` whose bit is set.
        #[inline]
        $(#[target_feature(enable = $features)])?
        fn put(out: &mut [u8; ROOM], at: &mut usize, word: u64, bits: u8) {
            out[*at..][..8].copy_from_slice(&pack(word, bits).to_le_bytes());
            *at += bits.count_ones() as usize;
        }

        /// Decodes a block, unless it is not valid, and returns how many bytes it has.
        #[inline]
        $(#[target_feature(enable = $features)])?
        fn decode_block(source: &[u8; ROOM], common: u8, block: &mut [u8; BLOCK]) -> Option<usize> {
            let top = source[0];
            if top == 0 {
                block.fill(common);
                return Some(1);
            }
            let mut at = 1;
            let upper = take(source, &mut at, top);
            if nonzero(upper) != top {
                let (_, dense) = source.split_first_chunk().filter(|(head, _)| **head == DENSE)?;
                block.copy_from_slice(&dense[..BLOCK]);
                return Some(DENSE.len() + BLOCK);
            }
            let upper = upper.to_le_bytes();
            let mut lower = [0; 8];
            for (map, bits) in lower.iter_mut().zip(upper) {
                *map = take(source, &mut at, bits);
            }
            if lower.map(nonzero) != upper {
                return None;
            }
            let words = u64::from_le_bytes([common; 8]);
            let mut wrong = 0;
            for (group, map) in block.as_chunks_mut::<64>().0.iter_mut().zip(lower) {
                for (word, bits) in group.as_chunks_mut().0.iter_mut().zip(map.to_le_bytes()) {
                    *word = (take(source, &mut at, bits) ^ words).to_le_bytes();
                }
                wrong |= differing(group, common) ^ map;
            }
            (wrong == 0).then_some(at)
        }

        /// A word whose bytes are those of the source where a bit is set, and zero elsewhere.
        #[inline]
        $(#[target_feature(enable = $features)])?
        fn take(source: &[u8; ROOM], at: &mut usize, bits: u8) -> u64 {
            let mut word = [0; 8];
            word.copy_from_slice(&source[*at..][..8]);
            *at += bits.count_ones() as usize;
            spread(u64::from_le_bytes(word), bits)
        }
    };
}
pub(super) use {kernels, walk};
