//! Which words there are: what linked crates submitted, and what was registered at run time.
//!
//! Every stage crate submits its descriptor with [`submit!`](crate::submit). Where constructors do not run before
//! `main` (C static libraries, wasm), the facade registers the built-in stages by name; both lists are merged by
//! address.

use std::sync::{PoisonError, RwLock};

use crate::StageDescriptor;
use crate::descriptor::{RegisterError, is_stage_name};

/// A stage that its crate submitted. Made by [`submit!`](crate::submit).
#[derive(Debug)]
pub struct Submitted(pub &'static StageDescriptor);
inventory::collect!(Submitted);

/// Words that a package could bring, each behind a feature of the same name. Lets a chain's error say which
/// feature to enable. Submitted by the facade.
#[derive(Debug)]
pub struct KnownWords {
    /// The package whose features they are.
    pub package: &'static str,
    /// The words.
    pub words: &'static [&'static str],
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
/// Where another stage has the name, or the name cannot stand in a chain.
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

/// What the registry has under a name.
#[derive(Debug)]
pub(crate) enum Found {
    One(&'static StageDescriptor),
    /// Two packages brought it; using either in silence would decode with the wrong one.
    Duplicate(&'static StageDescriptor, &'static StageDescriptor),
    /// A package knows the word, but was built without it.
    NotBuilt {
        package: &'static str,
    },
    Unknown,
}

pub(crate) fn find(name: &str) -> Found {
    let mut found: Option<&'static StageDescriptor> = None;
    let at_run_time = AT_RUN_TIME.read().unwrap_or_else(PoisonError::into_inner);
    let submitted = inventory::iter::<Submitted>().map(|submitted| submitted.0);
    for stage in submitted.chain(at_run_time.iter().copied()).filter(|stage| stage.name() == name) {
        match found {
            Some(first) if !std::ptr::eq(first, stage) => {
                // The order of constructors is the linker's; the message must not be.
                let (a, b) = if first.package() <= stage.package() { (first, stage) } else { (stage, first) };
                return Found::Duplicate(a, b);
            }
            _ => found = Some(stage),
        }
    }
    if let Some(stage) = found {
        return Found::One(stage);
    }
    for known in inventory::iter::<KnownWords>() {
        if known.words.contains(&name) {
            return Found::NotBuilt { package: known.package };
        }
    }
    Found::Unknown
}
