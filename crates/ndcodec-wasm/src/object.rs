//! Plain objects for JavaScript.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

/// An object that is filled one property after the other.
#[derive(Debug, Default)]
pub(crate) struct Fields(Object);

impl Fields {
    pub(crate) fn new() -> Self {
        Self(Object::new())
    }

    /// This object with one more property; an absent value is `undefined`, so that it is left out.
    pub(crate) fn with(self, name: &str, value: impl IntoJs) -> Self {
        let value = value.into_js();
        if !value.is_undefined() {
            // Setting a property of a plain object cannot fail.
            let _ = Reflect::set(&self.0, &JsValue::from_str(name), &value);
        }
        self
    }

    pub(crate) fn done(self) -> JsValue {
        self.0.into()
    }
}

/// What can be the value of a property.
pub(crate) trait IntoJs {
    fn into_js(self) -> JsValue;
}

impl IntoJs for JsValue {
    fn into_js(self) -> JsValue {
        self
    }
}

impl IntoJs for &str {
    fn into_js(self) -> JsValue {
        JsValue::from_str(self)
    }
}

impl IntoJs for String {
    fn into_js(self) -> JsValue {
        JsValue::from_str(&self)
    }
}

impl IntoJs for bool {
    fn into_js(self) -> JsValue {
        JsValue::from_bool(self)
    }
}

impl IntoJs for f64 {
    fn into_js(self) -> JsValue {
        JsValue::from_f64(self)
    }
}

impl IntoJs for usize {
    #[expect(clippy::cast_precision_loss, reason = "memory has fewer than 2^53 bytes")]
    fn into_js(self) -> JsValue {
        JsValue::from_f64(self as f64)
    }
}

impl IntoJs for u64 {
    #[expect(clippy::cast_precision_loss, reason = "an offset in data that are in memory")]
    fn into_js(self) -> JsValue {
        JsValue::from_f64(self as f64)
    }
}

impl<T: IntoJs> IntoJs for Option<T> {
    fn into_js(self) -> JsValue {
        self.map_or(JsValue::UNDEFINED, T::into_js)
    }
}

/// An array of values.
pub(crate) fn list<T: IntoJs>(items: impl IntoIterator<Item = T>) -> JsValue {
    items.into_iter().map(IntoJs::into_js).collect::<Array>().into()
}
