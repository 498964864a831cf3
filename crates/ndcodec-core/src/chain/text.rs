//! A [`Chain`] as text and as a value.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::Chain;
use crate::lang::{self, ChainError};

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lang::print_stages(self.stages(), f)
    }
}

/// Chains are equal if their stages and parameters are, whatever registries they were parsed with.
impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl Eq for Chain {}

impl Hash for Chain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stages().for_each(|stage| stage.hash(state));
    }
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text)
    }
}
