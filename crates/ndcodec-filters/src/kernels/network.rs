//! The transposition, written once and compiled for each instruction set.

/// Defines `split` and `join` over these names of the module that calls it: `Vector`, `WIDTH` (its bytes), `PAIRED`, `zero`,
/// `store` and `load` of a row, `load_tile` and `store_tile`, `unzip_all` and `zip_all`, `bits_to_rows` and `rows_to_bits`.
///
/// A tile is `S` vectors of elements of `S` bytes; its rows are `S` vectors, each with one byte of every element. In the
/// address of a byte within the tile, the bits that count elements stand left of the bits that count bytes; in the rows
/// they stand right of them.
///
/// Of elements of `PAIRED` bytes, two tiles are done at a time. Rows that are a multiple of 4 KiB apart share one set of the
/// first-level cache; to write more to each in turn takes, with AVX-512, 1.3 times the time of a copy in place of 1.6, with
/// AVX2 1.9 in place of 2.5 (bench `filters`, elements of 8 bytes, 64 KiB). A copy of every row by way of a buffer that has
/// them close together was slower than either.
macro_rules! transposition {
    ($features:literal) => {
        /// As [`super::split`], from byte `done` of each row on. Returns how many bytes of each row are done then: all but
        /// the last few. (No closures or adaptors in here: they would not be inlined into a function with the feature.)
        #[target_feature(enable = $features)]
        pub(super) fn split<const S: usize, const BITS: bool>(
            tiles: &[u8],
            rows: &mut [u8],
            place: super::Place,
            done: usize,
        ) -> usize {
            let count = (place.len - done) / WIDTH;
            for (turn, run) in tiles.chunks_exact(place.len * S).enumerate() {
                let tiles = &run[done * S..].as_chunks::<WIDTH>().0.as_chunks::<S>().0[..count];
                let mut rest = &mut rows[turn * S * place.stride..];
                let mut rows: [&mut [[u8; WIDTH]]; S] = std::array::from_fn(|_| Default::default());
                for row in 0..S {
                    let (now, later) = rest.split_at_mut(place.stride);
                    rows[row] = &mut now[place.at + done..].as_chunks_mut().0[..count];
                    rest = later;
                }
                let paired = if S == PAIRED && !BITS { count / 2 * 2 } else { 0 };
                let mut at = 0;
                while at < paired {
                    let (a, b) = (unzip_all(load_tile(&tiles[at])), unzip_all(load_tile(&tiles[at + 1])));
                    for row in 0..S {
                        rows[row][at] = store(a[row]);
                        rows[row][at + 1] = store(b[row]);
                    }
                    at += 2;
                }
                while at < count {
                    let vectors = load_tile(&tiles[at]);
                    let vectors = if BITS { bits_to_rows(vectors) } else { unzip_all(vectors) };
                    for row in 0..S {
                        rows[row][at] = store(vectors[row]);
                    }
                    at += 1;
                }
            }
            done + count * WIDTH
        }

        /// As [`super::join`], from byte `done` of each row on. Returns how many bytes of each row are done then.
        #[target_feature(enable = $features)]
        pub(super) fn join<const S: usize, const BITS: bool>(
            rows: &[u8],
            place: super::Place,
            tiles: &mut [u8],
            done: usize,
        ) -> usize {
            for (turn, run) in tiles.chunks_exact_mut(place.len * S).enumerate() {
                let start = turn * S * place.stride + place.at;
                let mut apart: [&[u8]; S] = [&[]; S];
                for row in 0..S {
                    apart[row] = &rows[start + row * place.stride..][..place.len];
                }
                join_apart::<S, BITS>(&apart, run, done);
            }
            done + (place.len - done) / WIDTH * WIDTH
        }

        /// As [`super::join_apart`], from byte `done` of each row on. Returns how many bytes of each row are done then.
        #[target_feature(enable = $features)]
        pub(super) fn join_apart<const S: usize, const BITS: bool>(
            rows: &[&[u8]; S],
            tiles: &mut [u8],
            done: usize,
        ) -> usize {
            let count = (rows[0].len() - done) / WIDTH;
            let mut vectors_of: [&[[u8; WIDTH]]; S] = [&[]; S];
            for row in 0..S {
                vectors_of[row] = &rows[row][done..].as_chunks().0[..count];
            }
            let tiles = &mut tiles[done * S..].as_chunks_mut::<WIDTH>().0.as_chunks_mut::<S>().0[..count];
            for at in 0..count {
                let mut vectors = [zero(); S];
                for row in 0..S {
                    vectors[row] = load(vectors_of[row][at]);
                }
                store_tile(if BITS { rows_to_bits(vectors) } else { zip_all(vectors) }, &mut tiles[at]);
            }
            done + count * WIDTH
        }
    };
}

/// Defines `split_blocks` and `join_blocks` over the same names.
///
/// The bytes of a block go to planes and their bits to rows, as [`super::split_bits`] has it; but planes and rows of blocks of
/// one size are a constant distance apart. With AVX2 that takes half of the time.
macro_rules! blocks {
    ($features:literal) => {
        /// The bits of elements of `S` bytes to rows, block by block.
        #[target_feature(enable = $features)]
        pub(super) fn split_blocks<const S: usize>(items: &[super::Block], rows: &mut [super::Block]) {
            let mut planes = [[0; WIDTH]; VECTORS];
            for at in 0..items.len().min(rows.len()) {
                let items: &[[u8; WIDTH]; VECTORS] = bytemuck::must_cast_ref(&items[at]);
                let rows: &mut [[u8; WIDTH]; VECTORS] = bytemuck::must_cast_mut(&mut rows[at]);
                for turn in 0..VECTORS / S {
                    let mut tile = [[0; WIDTH]; S];
                    for number in 0..S {
                        tile[number] = items[turn * S + number];
                    }
                    let vectors = unzip_all(load_tile(&tile));
                    for byte in 0..S {
                        planes[byte * (VECTORS / S) + turn] = store(vectors[byte]);
                    }
                }
                for byte in 0..S {
                    for turn in 0..VECTORS / S / 8 {
                        let mut tile = [[0; WIDTH]; 8];
                        for number in 0..8 {
                            tile[number] = planes[(byte * (VECTORS / S / 8) + turn) * 8 + number];
                        }
                        let vectors = bits_to_rows(load_tile(&tile));
                        for bit in 0..8 {
                            rows[(byte * 8 + bit) * (VECTORS / S / 8) + turn] = store(vectors[bit]);
                        }
                    }
                }
            }
        }

        /// Undoes [`split_blocks`].
        #[target_feature(enable = $features)]
        pub(super) fn join_blocks<const S: usize>(rows: &[super::Block], items: &mut [super::Block]) {
            let mut planes = [[0; WIDTH]; VECTORS];
            for at in 0..items.len().min(rows.len()) {
                let rows: &[[u8; WIDTH]; VECTORS] = bytemuck::must_cast_ref(&rows[at]);
                let items: &mut [[u8; WIDTH]; VECTORS] = bytemuck::must_cast_mut(&mut items[at]);
                for byte in 0..S {
                    for turn in 0..VECTORS / S / 8 {
                        let mut vectors = [zero(); 8];
                        for bit in 0..8 {
                            vectors[bit] = load(rows[(byte * 8 + bit) * (VECTORS / S / 8) + turn]);
                        }
                        let mut tile = [[0; WIDTH]; 8];
                        store_tile(rows_to_bits(vectors), &mut tile);
                        for number in 0..8 {
                            planes[(byte * (VECTORS / S / 8) + turn) * 8 + number] = tile[number];
                        }
                    }
                }
                for turn in 0..VECTORS / S {
                    let mut vectors = [zero(); S];
                    for byte in 0..S {
                        vectors[byte] = load(planes[byte * (VECTORS / S) + turn]);
                    }
                    let mut tile = [[0; WIDTH]; S];
                    store_tile(zip_all(vectors), &mut tile);
                    for number in 0..S {
                        items[turn * S + number] = tile[number];
                    }
                }
            }
        }

        /// Vectors of a block.
        const VECTORS: usize = size_of::<super::Block>() / WIDTH;
    };
}

/// Defines `zip_all` over `zip` of the module that calls it, which interleaves the bytes of two vectors.
///
/// That turns the address by one bit, so log₂ `S` rounds of it make elements of rows.
macro_rules! zip_by_rounds {
    ($features:literal) => {
        #[target_feature(enable = $features)]
        #[inline]
        pub(super) fn zip_all<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
            for _ in 0..S.ilog2() {
                let from = vectors;
                for i in 0..S / 2 {
                    (vectors[2 * i], vectors[2 * i + 1]) = zip(from[i], from[i + S / 2]);
                }
            }
            vectors
        }
    };
}

/// Defines `unzip_all` over `unzip` of the module that calls it, which takes two vectors apart into their even and their odd
/// bytes, and so undoes `zip`.
macro_rules! unzip_by_rounds {
    ($features:literal) => {
        #[target_feature(enable = $features)]
        #[inline]
        fn unzip_all<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
            for _ in 0..S.ilog2() {
                let from = vectors;
                for i in 0..S / 2 {
                    (vectors[i], vectors[i + S / 2]) = unzip(from[2 * i], from[2 * i + 1]);
                }
            }
            vectors
        }
    };
}

/// Defines `bits_to_rows` and `rows_to_bits` by shifts, over `shift_left`, `shift_right`, `and`, `xor` and `repeat` of the
/// module that calls it.
///
/// Once eight vectors are unzipped, the number of a vector is the position of its elements in groups of eight. Swapping that
/// number with the number of a bit in its byte, one of the three bits of both at a time, makes the rows.
macro_rules! bits_by_shifts {
    ($features:literal) => {
        #[target_feature(enable = $features)]
        #[inline]
        fn bits_to_rows<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
            swap_bits_with_number(unzip_all(vectors))
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn rows_to_bits<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
            zip_all(swap_bits_with_number(vectors))
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn swap_bits_with_number<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
            let vectors = swap_one::<S, 1>(vectors, repeat(0x55));
            let vectors = swap_one::<S, 2>(vectors, repeat(0x33));
            swap_one::<S, 4>(vectors, repeat(0x0f))
        }

        /// Swaps the bits left of `mask` in a vector with those in `mask` of the vector `STEP` further.
        #[target_feature(enable = $features)]
        #[inline]
        fn swap_one<const S: usize, const STEP: i32>(mut vectors: [Vector; S], mask: Vector) -> [Vector; S] {
            let step = STEP.unsigned_abs() as usize;
            for low in 0..S {
                let high = low | step;
                if high != low && high < S {
                    let differ = and(xor(shift_right::<STEP>(vectors[low]), vectors[high]), mask);
                    vectors[high] = xor(vectors[high], differ);
                    vectors[low] = xor(vectors[low], shift_left::<STEP>(differ));
                }
            }
            vectors
        }
    };
}

pub(super) use {bits_by_shifts, blocks, transposition, unzip_by_rounds, zip_by_rounds};
