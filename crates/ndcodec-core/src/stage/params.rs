//! [`Params`]: the parameters of one stage, checked against its descriptor.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::descriptor::{ParamDefault, ParamError, ParamKind};
use crate::chain::InnerChain;
use crate::lang::{ChainError, Tail};
use crate::{DType, Registry, ShapePattern, StageDescriptor};

/// The values of a stage's parameters. Each is of its [`ParamKind`] and in its range before a stage sees it.
#[derive(Clone)]
pub struct Params {
    descriptor: &'static StageDescriptor,
    /// That of the chain.
    registry: Registry,
    /// In the descriptor's order; `None` if the default holds.
    values: Vec<Option<Value>>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// An integer.
    Int(i64),
    /// A number of bytes.
    Size(u64),
    /// A flag.
    Flag(bool),
    /// A word of a choice.
    Word(&'static str),
    /// A dtype, or the type of a filter's elements.
    DType(DType),
    /// A shape.
    Shape(ShapePattern),
    /// The filters and codecs of an inner chain.
    Tail(Tail),
}

impl Params {
    pub(crate) fn new(descriptor: &'static StageDescriptor, registry: &Registry) -> Self {
        let values = vec![None; descriptor.params().len()];
        Self { descriptor, registry: registry.clone(), values }
    }

    /// The value of `name`: as given, else the default; `None` if it is left to be inferred.
    ///
    /// # Panics
    /// If the descriptor has no such parameter: a bug of the stage, which every use of it shows.
    pub fn value(&self, name: &str) -> Option<Value> {
        let index = self.index(name);
        self.values[index].clone().or_else(|| default_value(self.descriptor, index))
    }

    /// Whether `name` was given, be it with its default.
    ///
    /// # Panics
    /// As [`value`](Self::value).
    pub fn is_given(&self, name: &str) -> bool {
        self.values[self.index(name)].is_some()
    }

    /// The integer `name`.
    ///
    /// # Panics
    /// If `name` is not an integer that is given or has a default: a bug of the stage.
    pub fn int(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Int(value)) => value,
            other => self.mistaken(name, "an integer", other.as_ref()),
        }
    }

    /// The integer `name`, if it is given or has a default.
    ///
    /// # Panics
    /// If `name` is not an integer: a bug of the stage.
    pub fn int_if_any(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Some(Value::Int(value)) => Some(value),
            None => None,
            other => self.mistaken(name, "an integer", other.as_ref()),
        }
    }

    /// The size `name`, in bytes, if it is given or has a default.
    ///
    /// # Panics
    /// If `name` is not a size: a bug of the stage.
    pub fn size(&self, name: &str) -> Option<u64> {
        match self.value(name) {
            Some(Value::Size(value)) => Some(value),
            None => None,
            other => self.mistaken(name, "a size", other.as_ref()),
        }
    }

    /// The flag `name`.
    ///
    /// # Panics
    /// As [`int`](Self::int).
    pub fn flag(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Flag(value)) => value,
            other => self.mistaken(name, "a flag", other.as_ref()),
        }
    }

    /// The word that was chosen for `name`.
    ///
    /// # Panics
    /// As [`int`](Self::int).
    pub fn word(&self, name: &str) -> &'static str {
        match self.value(name) {
            Some(Value::Word(value)) => value,
            other => self.mistaken(name, "a word", other.as_ref()),
        }
    }

    /// The dtype `name`, if it is given.
    ///
    /// # Panics
    /// If `name` is not a dtype: a bug of the stage.
    pub fn dtype(&self, name: &str) -> Option<DType> {
        match self.value(name) {
            Some(Value::DType(value)) => Some(value),
            None => None,
            other => self.mistaken(name, "a dtype", other.as_ref()),
        }
    }

    /// The shape `name`, if it is given.
    ///
    /// # Panics
    /// If `name` is not a shape: a bug of the stage.
    pub fn shape(&self, name: &str) -> Option<ShapePattern> {
        match self.value(name) {
            Some(Value::Shape(value)) => Some(value),
            None => None,
            other => self.mistaken(name, "a shape", other.as_ref()),
        }
    }

    /// The inner chain `name`, if it is given.
    ///
    /// # Panics
    /// If `name` is not an inner chain: a bug of the stage.
    pub fn tail(&self, name: &str) -> Option<Tail> {
        match self.value(name) {
            Some(Value::Tail(value)) => Some(value),
            None => None,
            other => self.mistaken(name, "an inner chain", other.as_ref()),
        }
    }

    /// The inner chain `name`, built and ready to work, if it is given.
    ///
    /// # Errors
    /// If one of its stages cannot be built; points at this parameter.
    ///
    /// # Panics
    /// If `name` is not an inner chain: a bug of the stage.
    pub fn inner_chain(&self, name: &'static str) -> Result<Option<Arc<InnerChain>>, ParamError> {
        let built = self.tail(name).map(|tail| InnerChain::new(&tail)).transpose();
        built.map_err(|error| ParamError::new(name, error.message()))
    }

    /// An inner chain that the stage itself names, of the stages that the chain may be made of.
    ///
    /// # Errors
    /// If it names a stage that is not built or not allowed here.
    pub fn inner_chain_of(&self, text: &str) -> Result<Arc<InnerChain>, ChainError> {
        InnerChain::parse_in(&self.registry, text)
    }

    /// Sets `name`, for a resolved chain.
    ///
    /// # Panics
    /// As [`value`](Self::value).
    pub fn set(&mut self, name: &str, value: Value) {
        let index = self.index(name);
        self.values[index] = Some(value);
    }

    /// Takes `name` back, as if it had not been given.
    ///
    /// # Panics
    /// As [`value`](Self::value).
    pub fn unset(&mut self, name: &str) {
        let index = self.index(name);
        self.values[index] = None;
    }

    /// The parameters that were given, with their values, in the descriptor's order; with `all`, those that have
    /// a default too.
    pub(crate) fn list(&self, all: bool) -> Vec<(usize, Value)> {
        let value = |index: usize| match &self.values[index] {
            Some(value) => Some(value.clone()),
            None if all => default_value(self.descriptor, index),
            None => None,
        };
        (0..self.values.len()).filter_map(|index| value(index).map(|value| (index, value))).collect()
    }

    pub(crate) fn descriptor(&self) -> &'static StageDescriptor {
        self.descriptor
    }

    pub(crate) fn put(&mut self, index: usize, value: Value) {
        self.values[index] = Some(value);
    }

    /// The type of a filter's elements, if it is given: then the filter is a codec.
    pub(crate) fn item_type(&self) -> Option<DType> {
        let index = self.descriptor.params().iter().position(|spec| spec.kind == ParamKind::ItemType)?;
        match &self.values[index] {
            Some(Value::DType(dtype)) => Some(dtype.clone()),
            _ => None,
        }
    }

    fn index(&self, name: &str) -> usize {
        let specs = self.descriptor.params();
        match specs.iter().position(|spec| spec.name == name) {
            Some(index) => index,
            None => self.mistaken(name, "declared", None),
        }
    }

    #[expect(
        clippy::panic,
        reason = "only a stage that asks for what its descriptor does not declare gets here"
    )]
    fn mistaken(&self, name: &str, expected: &str, is: Option<&Value>) -> ! {
        panic!("the parameter `{name}` of {:?} is not {expected}: {is:?}", self.descriptor)
    }
}

pub(crate) fn default_value(descriptor: &StageDescriptor, index: usize) -> Option<Value> {
    let spec = &descriptor.params()[index];
    match (spec.default, spec.kind) {
        (ParamDefault::Int(value), ParamKind::Size { .. }) => Some(Value::Size(value.unsigned_abs())),
        (ParamDefault::Int(value), _) => Some(Value::Int(value)),
        (ParamDefault::Flag(value), _) => Some(Value::Flag(value)),
        (ParamDefault::Word(value), _) => Some(Value::Word(value)),
        (ParamDefault::Required | ParamDefault::FromArray | ParamDefault::Inferred, _) => None,
    }
}

impl PartialEq for Params {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.descriptor, other.descriptor) && self.list(true) == other.list(true)
    }
}

impl Eq for Params {}

impl Hash for Params {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.descriptor, state);
        self.list(true).hash(state);
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (index, value) in self.list(true) {
            map.entry(&self.descriptor.params()[index].name, &value);
        }
        map.finish()
    }
}
