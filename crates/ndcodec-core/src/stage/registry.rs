//! Which words there are: what linked crates submitted, and what was registered at run time.
//!
//! Every stage crate submits its descriptor with [`submit!`](crate::submit). If constructors do not run before
//! `main` (C static libraries, wasm), the facade registers the built-in stages by name; both lists are merged by
//! address.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::descriptor::{RegisterError, is_stage_name};
use crate::StageDescriptor;

/// A stage that its crate submitted. Made by [`submit!`](crate::submit).
#[doc(hidden)]
#[derive(Debug)]
pub struct Submitted(pub &'static StageDescriptor);
inventory::collect!(Submitted);

/// Words that a package could bring, each behind a feature of the same name. Lets a chain's error say which
/// feature to enable. Submitted by the facade.
#[derive(Debug)]
pub struct KnownWords {
    package: &'static str,
    words: &'static [&'static str],
}

impl KnownWords {
    /// These words of the package `env!("CARGO_PKG_NAME")`.
    pub const fn new(package: &'static str, words: &'static [&'static str]) -> Self {
        Self { package, words }
    }
}

inventory::collect!(KnownWords);

/// Makes a stage known to every program that links this crate.
///
/// Takes the name of a `static` of type [`StageDescriptor`].
#[macro_export]
macro_rules! submit {
    ($descriptor:path) => {
        $crate::inventory::submit! { $crate::Submitted(&$descriptor) }
    };
}

static AT_RUN_TIME: RwLock<Vec<&'static StageDescriptor>> = RwLock::new(Vec::new());

/// All stages, sorted by name, each address once. A name that two packages brought stands there twice.
pub fn stages() -> Vec<&'static StageDescriptor> {
    let mut all: Vec<&'static StageDescriptor> =
        inventory::iter::<Submitted>().map(|submitted| submitted.0).collect();
    all.extend(AT_RUN_TIME.read().unwrap_or_else(PoisonError::into_inner).iter());
    all.sort_by_key(|stage| (stage.name(), stage.package(), std::ptr::from_ref(*stage)));
    all.dedup_by_key(|stage| std::ptr::from_ref(*stage));
    all
}

/// Makes a stage known from now on. Does nothing if this very descriptor is known already.
///
/// # Errors
/// If another stage has the name, or the name cannot stand in a chain.
pub fn register(descriptor: &'static StageDescriptor) -> Result<(), RegisterError> {
    if !is_stage_name(descriptor.name()) {
        return Err(RegisterError::Name(descriptor.name().to_owned()));
    }
    let mut list = AT_RUN_TIME.write().unwrap_or_else(PoisonError::into_inner);
    let submitted = inventory::iter::<Submitted>().map(|submitted| submitted.0);
    let holder = submitted.chain(list.iter().copied()).find(|stage| stage.name() == descriptor.name());
    match holder {
        Some(holder) if std::ptr::eq(holder, descriptor) => Ok(()),
        Some(holder) => Err(RegisterError::Taken {
            name: descriptor.name().to_owned(),
            package: descriptor.package().to_owned(),
            holder: holder.package().to_owned(),
        }),
        None => {
            list.push(descriptor);
            Ok(())
        }
    }
}

/// The stages that a chain may be made of: all that this program knows, or fewer.
///
/// A chain keeps its registry. What data name, such as the inner chain in a header, comes from there too.
///
/// ```
/// # use std::sync::Arc;
/// # use ndcodec_core::*;
/// # #[derive(Debug)] struct Same;
/// # impl Codec for Same {
/// #     fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> { out.push(&input.to_bytes()) }
/// #     fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> { out.push(encoded) }
/// # }
/// # static SAME: StageDescriptor = StageDescriptor::codec("same", "", &|_| Ok(Arc::new(Same)));
/// let registry = Registry::only(&[&SAME]);
/// assert!(Pipeline::parse_in(&registry, "same|same").is_ok());
/// assert!(Pipeline::parse_in(&registry, "same|zstd").is_err());
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    /// No other stages than these; `None`: all that are known.
    only: Option<Arc<[&'static StageDescriptor]>>,
    /// These in place of others of their names.
    preferred: Option<Arc<[&'static StageDescriptor]>>,
}

impl Registry {
    /// All stages that are submitted or registered, now or later.
    pub const fn all() -> Self {
        Self { only: None, preferred: None }
    }

    /// These stages and no others.
    pub fn only(stages: &[&'static StageDescriptor]) -> Self {
        Self { only: Some(stages.into()), preferred: None }
    }

    /// This registry with these stages in place of others of their names: the way to choose if two packages bring one
    /// name.
    #[must_use]
    pub fn prefer(mut self, stages: &[&'static StageDescriptor]) -> Self {
        let before = self.preferred.iter().flat_map(|stages| stages.iter().copied());
        self.preferred = Some(stages.iter().copied().chain(before).collect());
        self
    }

    /// The stages, sorted by name, each address once. A name that two packages brought stands there twice.
    pub fn stages(&self) -> Vec<&'static StageDescriptor> {
        let preferred = self.preferred.as_deref().unwrap_or_default();
        let mut all = match &self.only {
            Some(only) => only.to_vec(),
            None => stages(),
        };
        all.retain(|stage| !preferred.iter().any(|preferred| preferred.name() == stage.name()));
        all.extend(preferred);
        all.sort_by_key(|stage| (stage.name(), stage.package(), std::ptr::from_ref(*stage)));
        all.dedup_by_key(|stage| std::ptr::from_ref(*stage));
        all
    }

    /// Whether somebody chose its stages one by one.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.only.is_some()
    }

    pub(crate) fn find(&self, name: &str) -> Found {
        let preferred = self.preferred.as_deref().unwrap_or_default();
        if let Some(stage) = preferred.iter().find(|stage| stage.name() == name) {
            return Found::One(stage);
        }
        let Some(only) = &self.only else { return find(name) };
        match among(only.iter().copied(), name) {
            Found::Unknown if !matches!(find(name), Found::Unknown) => Found::NotAllowed,
            found => found,
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |stages: &Arc<[&'static StageDescriptor]>| {
            stages.iter().map(|stage| stage.name()).collect::<Vec<_>>()
        };
        f.debug_struct("Registry")
            .field("only", &self.only.as_ref().map(names))
            .field("preferred", &self.preferred.as_ref().map(names))
            .finish()
    }
}

/// What a registry has under a name.
#[derive(Debug)]
pub(crate) enum Found {
    One(&'static StageDescriptor),
    /// Two packages brought it; to use either without a word would decode with the wrong one.
    Duplicate(&'static StageDescriptor, &'static StageDescriptor),
    /// This program knows it, and the registry was made without it.
    NotAllowed,
    /// A package knows the word, but was built without it.
    NotBuilt {
        package: &'static str,
    },
    Unknown,
}

fn find(name: &str) -> Found {
    let at_run_time = AT_RUN_TIME.read().unwrap_or_else(PoisonError::into_inner);
    let submitted = inventory::iter::<Submitted>().map(|submitted| submitted.0);
    match among(submitted.chain(at_run_time.iter().copied()), name) {
        Found::Unknown => inventory::iter::<KnownWords>()
            .find(|known| known.words.contains(&name))
            .map_or(Found::Unknown, |known| Found::NotBuilt { package: known.package }),
        found => found,
    }
}

fn among(stages: impl Iterator<Item = &'static StageDescriptor>, name: &str) -> Found {
    let mut found: Option<&'static StageDescriptor> = None;
    for stage in stages.filter(|stage| stage.name() == name) {
        match found {
            Some(first) if !std::ptr::eq(first, stage) => {
                // The order of constructors is the linker's; the message must not be.
                let (a, b) = if first.package() <= stage.package() { (first, stage) } else { (stage, first) };
                return Found::Duplicate(a, b);
            }
            _ => found = Some(stage),
        }
    }
    found.map_or(Found::Unknown, Found::One)
}
