//! What a stage is: the three traits, what a descriptor says of a stage, and what stages work with.

mod body;
mod codec;
mod dense;
mod descriptor;
mod destination;
mod filter;
mod format;
pub mod memory;
mod output;
mod params;
mod patience;
mod pool;
mod random_access;
mod recent;
mod registry;
pub mod stream;
mod units;

pub use body::{Body, Choice, OpenBody};
pub use codec::{Codec, Content, Direction, Hints, Input, LenClaim};
pub(crate) use descriptor::Build;
pub use descriptor::{
    Advice, BuildFn, ParamDefault, ParamError, ParamKind, ParamSpec, RegisterError, Sample, Sniff, Sniffed,
    StageDescriptor, StageKind,
};
pub use destination::Destination;
pub(crate) use filter::TypedFilter;
pub use filter::{ArrayFilter, BoundFilter, Filtered, Front};
pub(crate) use format::HeaderReader;
pub use format::{ArrayFormat, Filters, Frame, Header, HeaderContext, HeaderError};
pub use output::Output;
pub(crate) use output::{Seen, Watch};
pub(crate) use params::default_value;
pub use params::{Params, Value};
#[doc(hidden)]
pub use patience::patient;
pub use pool::{Pool, Pooled, PooledOwned};
pub(crate) use random_access::Behind;
pub use random_access::RandomAccess;
pub use recent::Recent;
pub(crate) use registry::Found;
pub use registry::{KnownWords, Registry, Submitted, register, stages};
pub use units::Units;
