//! Stages → text. Canonical: defaults are left out, values that explain themselves stand without their names.
//! Alternate (`{:#}`): every parameter that has a value, with its name.

use std::fmt;

use super::bind::StageSpec;
use super::value;
use crate::ParamKind;
use crate::stage::default_value;

pub(crate) fn stages<'s>(
    stages: impl Iterator<Item = &'s StageSpec>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (i, one) in stages.enumerate() {
        if i > 0 {
            f.write_str("|")?;
        }
        stage(one, f)?;
    }
    Ok(())
}

pub(super) fn stage(stage: &StageSpec, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let descriptor = stage.descriptor();
    f.write_str(descriptor.name())?;
    let mut values = stage.params().list(f.alternate());
    if !f.alternate() {
        values.retain(|(index, value)| default_value(descriptor, *index).as_ref() != Some(value));
    }
    // A value may stand without its name only while every one before it does.
    let mut unnamed_until = 0;
    for (i, (index, value)) in values.iter().enumerate() {
        let spec = &descriptor.params()[*index];
        f.write_str(if i == 0 { "(" } else { "," })?;
        if !f.alternate() && *index == unnamed_until && explains_itself(spec.kind) {
            unnamed_until += 1;
        } else {
            unnamed_until = usize::MAX;
            write!(f, "{}=", spec.name)?;
        }
        value::print(value, spec, f)?;
    }
    if values.is_empty() { Ok(()) } else { f.write_str(")") }
}

fn explains_itself(kind: ParamKind) -> bool {
    matches!(kind, ParamKind::DType | ParamKind::ItemType | ParamKind::Shape | ParamKind::Tail)
}
