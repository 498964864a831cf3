//! [`Numbers`]: elements as integers of which neighbours are near each other if the values are.

use std::marker::PhantomData;
use std::ops::BitXor;

use ndcodec_core::{ByteOrder, DType, Extension, Kind};

use crate::kernels;
use crate::scalars::Number;

/// How the bytes of an element are read as integers whose order is that of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Of one integer: 1, 2, 4 or 8.
    pub(crate) bytes: usize,
    pub(crate) sign: Sign,
    pub(crate) is_big: bool,
    /// Integers in an element: two in a complex number.
    pub(crate) parts: usize,
}

/// Where an integer has its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nowhere.
    Unsigned,
    /// It is in two's complement.
    Signed,
    /// In its highest bit, as a float has it: the rest is the magnitude.
    Float,
}

impl Numbers {
    /// The numbers of a dtype; `None` of those that have none, such as strings, or whose bits are not known to be in the
    /// order of the values.
    pub(crate) fn of(dtype: &DType) -> Option<Self> {
        let (sign, parts) = match dtype.kind() {
            Kind::Bool | Kind::UInt => (Sign::Unsigned, 1),
            Kind::Int | Kind::DateTime(_) | Kind::TimeDelta(_) => (Sign::Signed, 1),
            Kind::Float | Kind::Extension(Extension::BFloat16) => (Sign::Float, 1),
            Kind::Complex => (Sign::Float, 2),
            // Their formats differ, but all are bytes.
            Kind::Extension(_) if dtype.itemsize() == 1 => (Sign::Unsigned, 1),
            _ => return None,
        };
        let bytes = dtype.itemsize() / parts;
        let is_big = dtype.byte_order() == ByteOrder::Big;
        matches!(bytes, 1 | 2 | 4 | 8).then_some(Self { bytes, sign, is_big, parts })
    }

    /// Unsigned integers of so many bytes, as they lie.
    pub(crate) const fn plain(bytes: usize) -> Self {
        Self { bytes, sign: Sign::Unsigned, is_big: false, parts: 1 }
    }

    /// Whether the integers are what lies in memory of a little-endian machine.
    pub(crate) fn are_as_they_lie(self) -> bool {
        self.sign != Sign::Float && !self.is_big
    }
}

/// An unsigned integer of `N` bytes that stands for one of any sign.
pub(crate) trait Word<const N: usize>: Number<N> + Ord + BitXor<Output = Self> {
    /// The highest bit alone.
    const TOP: Self;

    /// Small for what is near zero on either side, in two's complement: 0, -1, 1, -2 become 0, 1, 2, 3.
    fn zigzag(self) -> Self;

    /// The mean of two unsigned integers, rounded down.
    fn mean(self, other: Self) -> Self;

    /// Undoes [`zigzag`](Self::zigzag).
    fn unzigzag(self) -> Self;

    /// The two's complement of a float's bits, whose order is that of the values; and the other way round.
    fn fold(self) -> Self;
}

macro_rules! words {
    ($($unsigned:ty, $signed:ty, $bytes:literal;)*) => {$(
        impl Word<$bytes> for $unsigned {
            const TOP: Self = 1 << (Self::BITS - 1);

            #[inline]
            fn zigzag(self) -> Self {
                (self << 1) ^ (self.cast_signed() >> (Self::BITS - 1)).cast_unsigned()
            }

            #[inline]
            fn mean(self, other: Self) -> Self {
                (self & other) + ((self ^ other) >> 1)
            }

            #[inline]
            fn unzigzag(self) -> Self {
                (self >> 1) ^ (self & 1).wrapping_neg()
            }

            #[inline]
            fn fold(self) -> Self {
                self ^ ((self.cast_signed() >> (Self::BITS - 1)).cast_unsigned() >> 1)
            }
        }
    )*};
}

words! {
    u8, i8, 1;
    u16, i16, 2;
    u32, i32, 4;
    u64, i64, 8;
}

/// Calls a function that is generic over the integer with the one of `$bytes` bytes.
macro_rules! by_width {
    ($bytes:expr, $function:ident($($arg:expr),*)) => {
        match $bytes {
            1 => $function::<u8, 1>($($arg),*),
            2 => $function::<u16, 2>($($arg),*),
            4 => $function::<u32, 4>($($arg),*),
            _ => $function::<u64, 8>($($arg),*),
        }
    };
}
pub(crate) use by_width;

/// Between two's complement and unsigned integers in the same order.
pub(crate) fn flip(numbers: Numbers, integers: &mut [u8]) {
    if numbers.sign != Sign::Unsigned {
        integers.iter_mut().skip(numbers.bytes - 1).step_by(numbers.bytes).for_each(|byte| *byte ^= 0x80);
    }
}

/// Numbers that lie apart: every `step`th item from the one at `first` on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comb {
    pub(crate) first: usize,
    pub(crate) step: usize,
}

/// Reads the items that `comb` points at as little-endian integers into `out`.
pub(crate) fn gather(numbers: Numbers, items: &[u8], comb: Comb, out: &mut [u8]) {
    by_width!(numbers.bytes, gather_words(numbers, items, comb, out));
}

/// Undoes [`gather`].
pub(crate) fn scatter(numbers: Numbers, integers: &[u8], comb: Comb, items: &mut [u8]) {
    by_width!(numbers.bytes, scatter_words(numbers, integers, comb, items));
}

/// Makes of little-endian integers the items that they stand for, where they lie.
pub(crate) fn unfold(numbers: Numbers, bytes: &mut [u8]) {
    fn words<T: Word<N>, const N: usize>(numbers: Numbers, bytes: &mut [u8]) {
        let items = bytes.as_chunks_mut::<N>().0;
        match (numbers.sign == Sign::Float, numbers.is_big) {
            (false, false) => {}
            (false, true) => put_each::<T, N, false, true>(items),
            (true, false) => put_each::<T, N, true, false>(items),
            (true, true) => put_each::<T, N, true, true>(items),
        }
    }
    by_width!(numbers.bytes, words(numbers, bytes));
}

fn put_each<T: Word<N>, const N: usize, const FLOAT: bool, const BIG: bool>(items: &mut [[u8; N]]) {
    struct PutEach<'i, T, const N: usize, const FLOAT: bool, const BIG: bool>(
        &'i mut [[u8; N]],
        PhantomData<T>,
    );

    impl<T: Word<N>, const N: usize, const FLOAT: bool, const BIG: bool> kernels::Wide
        for PutEach<'_, T, N, FLOAT, BIG>
    {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for item in self.0 {
                *item = put::<T, N, FLOAT, BIG>(T::from_le(*item));
            }
        }
    }
    kernels::as_wide(PutEach::<T, N, FLOAT, BIG>(items, PhantomData));
}

#[inline]
fn take<T: Word<N>, const N: usize, const FLOAT: bool, const BIG: bool>(item: [u8; N]) -> T {
    let bits = T::read::<BIG>(item);
    if FLOAT { bits.fold() } else { bits }
}

#[inline]
fn put<T: Word<N>, const N: usize, const FLOAT: bool, const BIG: bool>(integer: T) -> [u8; N] {
    (if FLOAT { integer.fold() } else { integer }).write::<BIG>()
}

fn gather_words<T: Word<N>, const N: usize>(numbers: Numbers, items: &[u8], comb: Comb, out: &mut [u8]) {
    let (items, out) = (items.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
    match (numbers.sign == Sign::Float, numbers.is_big) {
        (false, false) => comb.read(items, out, |item| item),
        (false, true) => comb.read(items, out, |item| take::<T, N, false, true>(item).to_le()),
        (true, false) => comb.read(items, out, |item| take::<T, N, true, false>(item).to_le()),
        (true, true) => comb.read(items, out, |item| take::<T, N, true, true>(item).to_le()),
    }
}

fn scatter_words<T: Word<N>, const N: usize>(
    numbers: Numbers,
    integers: &[u8],
    comb: Comb,
    items: &mut [u8],
) {
    let (integers, items) = (integers.as_chunks::<N>().0, items.as_chunks_mut::<N>().0);
    match (numbers.sign == Sign::Float, numbers.is_big) {
        (false, false) => {
            let done = comb.scattered_by_kernel(integers, items);
            comb.after(done).write(&integers[done..], items, |bytes| bytes);
        }
        (false, true) => comb.write(integers, items, |bytes| put::<T, N, false, true>(T::from_le(bytes))),
        (true, false) => comb.write(integers, items, |bytes| put::<T, N, true, false>(T::from_le(bytes))),
        (true, true) => comb.write(integers, items, |bytes| put::<T, N, true, true>(T::from_le(bytes))),
    }
}

impl Comb {
    /// Writes what `make` gives of `count` items to the same places of `to`.
    #[inline]
    pub(crate) fn zip<A, B>(self, from: &[A], to: &mut [B], count: usize, make: impl Fn(&A) -> B) {
        let from = from.get(self.first..).unwrap_or_default();
        let to = to.get_mut(self.first..).unwrap_or_default();
        if self.step == 1 {
            to.iter_mut().zip(from).take(count).for_each(|(to, from)| *to = make(from));
        } else {
            let (from, to) = (from.iter().step_by(self.step), to.iter_mut().step_by(self.step));
            to.zip(from).take(count).for_each(|(to, from)| *to = make(from));
        }
    }

    /// The same without so many of its items.
    fn after(self, done: usize) -> Self {
        Self { first: self.first + done * self.step, ..self }
    }

    /// The beginning of the group that the first item is in, and the item's place there.
    fn group(self) -> (usize, usize) {
        let at = self.first.checked_rem(self.step).unwrap_or(0);
        (self.first - at, at)
    }

    /// Copies items if there is a kernel for that, and returns how many.
    fn gathered_by_kernel<const N: usize>(self, items: &[[u8; N]], out: &mut [[u8; N]]) -> usize {
        let (group, at) = self.group();
        kernels::gather(items.get(group..).unwrap_or_default(), at, self.step, out)
    }

    /// The other way round.
    fn scattered_by_kernel<const N: usize>(self, from: &[[u8; N]], items: &mut [[u8; N]]) -> usize {
        let (group, at) = self.group();
        kernels::scatter(from, at, self.step, items.get_mut(group..).unwrap_or_default())
    }

    #[inline]
    fn read<const N: usize>(self, items: &[[u8; N]], out: &mut [[u8; N]], read: impl Fn([u8; N]) -> [u8; N]) {
        let done = self.gathered_by_kernel(items, out);
        let (quick, out) = out.split_at_mut(done);
        quick.iter_mut().for_each(|item| *item = read(*item));
        self.after(quick.len()).read_rest(items, out, read);
    }

    #[inline]
    fn read_rest<const N: usize>(
        self,
        items: &[[u8; N]],
        out: &mut [[u8; N]],
        read: impl Fn([u8; N]) -> [u8; N],
    ) {
        let items = items.get(self.first..).unwrap_or_default();
        if self.step == 1 {
            out.iter_mut().zip(items).for_each(|(to, item)| *to = read(*item));
        } else {
            out.iter_mut().zip(items.iter().step_by(self.step)).for_each(|(to, item)| *to = read(*item));
        }
    }

    #[inline]
    fn write<const N: usize>(
        self,
        from: &[[u8; N]],
        items: &mut [[u8; N]],
        write: impl Fn([u8; N]) -> [u8; N],
    ) {
        let items = items.get_mut(self.first..).unwrap_or_default();
        if self.step == 1 {
            items.iter_mut().zip(from).for_each(|(item, bytes)| *item = write(*bytes));
        } else {
            items.iter_mut().step_by(self.step).zip(from).for_each(|(item, bytes)| *item = write(*bytes));
        }
    }
}
