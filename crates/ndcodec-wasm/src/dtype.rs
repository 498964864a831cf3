//! dtypes as objects: what the package needs to read elements.

use ndcodec::dtype::{ByteOrder, DType, Fields as DTypeFields, Kind};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{Outcome, no_dtype};
use crate::object::{Fields, IntoJs as _, list};

/// What a dtype in numpy's notation means.
#[wasm_bindgen(js_name = describeDtype)]
pub fn describe_dtype(dtype: &str) -> Outcome {
    Ok(described(&DType::parse(dtype).map_err(no_dtype)?))
}

/// `{text, descr, kind, itemsize, byteOrder, unit?, fields?}`.
pub(crate) fn described(dtype: &DType) -> JsValue {
    let fields = Fields::new()
        .with("text", dtype.to_string())
        .with("descr", dtype.descr())
        .with("kind", name(dtype.kind()))
        .with("itemsize", dtype.itemsize())
        .with("littleEndian", dtype.byte_order() != ByteOrder::Big);
    match dtype.kind() {
        Kind::DateTime(unit) | Kind::TimeDelta(unit) => {
            fields.with("unit", unit.to_string().trim_matches(['[', ']']))
        }
        Kind::Struct(list) => fields.with("fields", of_struct(list)),
        _ => fields,
    }
    .done()
}

fn of_struct(fields: &DTypeFields) -> JsValue {
    list(fields.iter().map(|field| {
        Fields::new()
            .with("name", field.name())
            .with("title", field.title())
            .with("offset", field.offset())
            .with("shape", list(field.shape().iter().copied()))
            .with("dtype", described(field.dtype()).into_js())
            .done()
    }))
}

fn name(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::UInt => "uint",
        Kind::Float => "float",
        Kind::Complex => "complex",
        Kind::LongDouble => "longdouble",
        Kind::ComplexLongDouble => "clongdouble",
        Kind::DateTime(_) => "datetime",
        Kind::TimeDelta(_) => "timedelta",
        Kind::Bytes => "bytes",
        Kind::Str => "str",
        Kind::Void => "void",
        Kind::Struct(_) => "struct",
        Kind::Extension(extension) => return extension.name().to_owned(),
        _ => "other",
    }
    .to_owned()
}
