//! Inputs and damage for the laws, by a fixed pseudo-random sequence.

/// Marsaglia's xorshift64.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of this seed, whatever it is.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Some byte.
    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// Some number below `n`, which is not 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from((self.next() >> 16) % n as u64).expect("it is below a usize")
    }

    /// `len` bytes that no codec can shorten.
    pub(super) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}

/// Words that repeat, as text does.
fn text(random: &mut Random, len: usize) -> Vec<u8> {
    const WORDS: [&[u8]; 8] =
        [b"chain ", b"of ", b"stages\n", b"array ", b"bytes ", b"0.25, ", b"-17 ", b"\"quoted\\text\" "];
    let mut out = Vec::with_capacity(len + 16);
    while out.len() < len {
        out.extend_from_slice(WORDS[random.below(WORDS.len())]);
    }
    out.truncate(len);
    out
}

/// Little-endian 32-bit floats of a smooth curve with noise in the low bits: what arrays are made of. Only operations
/// that IEEE 754 fixes to the last bit.
fn curve(random: &mut Random, len: usize) -> Vec<u8> {
    let value = |noise: u8, x: f32| x * (1.0 - x.abs()) + f32::from(noise) * 1e-6;
    let xs = (-300_i16..300).cycle().map(|x| f32::from(x) / 300.0);
    let mut out: Vec<u8> =
        xs.take(len.div_ceil(4)).flat_map(|x| value(random.byte(), x).to_le_bytes()).collect();
    out.truncate(len);
    out
}

/// Named inputs: no bytes, few, and lengths around the blocks that codecs work in. With `all`, also larger ones.
pub(super) fn inputs(all: bool) -> Vec<(&'static str, Vec<u8>)> {
    let random = &mut Random::new(1);
    let mut inputs = vec![
        ("no bytes", Vec::new()),
        ("one byte", vec![0xa7]),
        ("a small text", b"npy|zstd|base64: one line of text, one line of text.".to_vec()),
        ("8 floats", curve(random, 32)),
        ("64 random bytes", random.bytes(64)),
        ("every byte", (0..=255).collect()),
        ("5000 zeros", vec![0; 5000]),
        ("64 KiB + 1 of text", text(random, (64 << 10) + 1)),
    ];
    if all {
        inputs.extend([
            ("two bytes", vec![0, 255]),
            ("three bytes", b"abc".to_vec()),
            ("64 KiB - 1 of random bytes", random.bytes((64 << 10) - 1)),
            ("64 KiB of floats", curve(random, 64 << 10)),
            ("128 KiB of zeros", vec![0; 128 << 10]),
            ("300,007 mixed bytes", mixed(random, 300_007)),
        ]);
    }
    inputs
}

/// Stretches of every kind, so that blocks of a codec differ.
fn mixed(random: &mut Random, len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len + 40_000);
    while out.len() < len {
        let stretch = 1 + random.below(40_000);
        match random.below(4) {
            0 => out.extend(random.bytes(stretch)),
            1 => out.extend(text(random, stretch)),
            2 => out.extend(curve(random, stretch)),
            _ => out.resize(out.len() + stretch, random.byte()),
        }
    }
    out.truncate(len);
    out
}

/// `bytes`, damaged in one of several ways.
pub(super) fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if out.is_empty() {
        return random.bytes(1);
    }
    // Most often near the beginning, where headers are.
    let reach = if random.below(2) == 0 { out.len().min(24) } else { out.len() };
    let at = random.below(reach);
    match random.below(6) {
        0 | 1 => out[at] ^= 1 << random.below(8),
        2 => out[at] = [0, 0x7f, 0x80, 0xff][random.below(4)],
        3 => out.truncate(at),
        4 => out.insert(at, random.byte()),
        _ => {
            let end = out.len().min(at + 1 + random.below(8));
            out[at..end].fill(0xff);
        }
    }
    out
}

/// Places to cut `len` bytes in two: all of them if there are at most `all`, else both ends and some between.
pub(super) fn cuts(len: usize, all: usize) -> Vec<usize> {
    if len <= all {
        return (0..=len).collect();
    }
    let random = &mut Random::new(len as u64);
    let ends = (0..24).chain(len - 24..=len);
    let mut cuts: Vec<usize> =
        ends.chain((0..16).map(|_| random.below(len))).filter(|&cut| cut <= len).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}
