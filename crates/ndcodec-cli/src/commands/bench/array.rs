//! The array to measure: a `.npy` file, one of a `.npz` archive, or whatever a chain wrote.

use std::io::Read;

use ndcodec::{Array, DecodeOptions, npz::Npz};

use super::Bench;
use crate::archive;
use crate::failure::Failure;
use crate::input::Input;
use crate::line::Line;

/// The input's name for messages, and the array.
pub(super) fn read(args: &Bench) -> Result<(String, Array), Failure> {
    let mut input = Input::open(&args.input)?;
    let name = input.name().to_owned();
    if args.from.is_none()
        && let Some(npz) = archive::open(&mut input, &args.limits.decode_limits())?
    {
        return member(args, &name, &npz);
    }
    if args.member.is_some() {
        return Err(Failure::usage(format!("{name} is not a `.npz` archive, so it has no members"))
            .with_help("leave `--member` out"));
    }
    let line = Line::given_or_detected(args.from.as_deref(), "--from", &args.limits.registry()?, &mut input)?;
    let Line::Chain(chain) = &line else {
        return Err(Failure::bad(&name, format!("`{line}` holds plain bytes; expected an array")));
    };
    let mut encoded = Vec::new();
    input.read_to_end(&mut encoded).map_err(|error| Failure::named_io(&error))?;
    let options = DecodeOptions::new().with_limits(args.limits.decode_limits());
    let array = chain.decode_with(&encoded, &options).map_err(|error| line.decode_failure(&name, &error))?;
    Ok((name, array))
}

fn member<R: Read + std::io::Seek + Send>(
    args: &Bench,
    name: &str,
    npz: &Npz<R>,
) -> Result<(String, Array), Failure> {
    let names: Vec<String> = npz.names().map(str::to_owned).collect();
    let listed = || names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let chosen = match (&args.member, names.as_slice()) {
        (Some(member), names) if names.contains(member) => member,
        (_, []) => return Err(Failure::bad(name, "the archive has no arrays")),
        (Some(member), _) => {
            return Err(Failure::bad(name, format!("no array `{member}`"))
                .with_help(format!("there are: {}", listed())));
        }
        (None, [only]) => only,
        (None, many) => {
            let failure = Failure::usage(format!("{name} has {} arrays", many.len()));
            return Err(failure.with_help(format!("name one with `--member`; there are: {}", listed())));
        }
    };
    let array = npz
        .read_with(chosen, &args.limits.decode_limits().into())
        .map_err(|error| Failure::npz(name, &error))?;
    Ok((name.to_owned(), array))
}
