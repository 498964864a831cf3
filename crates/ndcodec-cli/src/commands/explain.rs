//! `ndcodec explain`: a chain drawn stage by stage, as an array goes through it.

use clap::Args;
use ndcodec::Chain;
use ndcodec::error::ChainErrorKind;
use ndcodec::stage::{ParamDefault, ParamKind, ParamSpec, StageSpec};
use serde::Serialize;

use crate::describe::{NEEDED, Setting, Stage, is_lossy, settings};
use crate::failure::Failure;
use crate::line::Line;
use crate::output::{print, print_json};

/// Say what a chain does, stage by stage, with all its parameters
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Explain {
    /// The chain, or a pipeline for plain bytes, or a single stage, or filters and codecs alone
    #[arg(value_name = "CHAIN")]
    chain: String,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  ndcodec explain 'npy|zstd(level=19)|base64'
  ndcodec explain zstd
  ndcodec explain 'shuffle|lz4'
  ndcodec explain --json 'raw(<f8)|zlib|base64'";

/// What is printed as JSON. All keys are always there.
#[derive(Debug, Serialize)]
struct Report {
    /// `chain`; `pipeline` if it does not begin with a format; `inner` if it begins with a filter, which takes an array.
    kind: &'static str,
    /// The canonical text.
    chain: String,
    /// The text with every parameter that has a value.
    full: String,
    text: bool,
    streams: bool,
    lossy: bool,
    stages: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    #[serde(flatten)]
    stage: Stage,
    params: Vec<Setting>,
}

pub(crate) fn run(args: &Explain) -> Result<(), Failure> {
    let report = match report_of(&args.chain) {
        Err(failure) => alone(&args.chain).ok_or(failure)?,
        Ok(report) => report,
    };
    if args.json { print_json(&report) } else { print(&drawing(&report)) }
}

/// A single stage without the parameters that it needs: they are told of as such.
fn alone(name: &str) -> Option<Report> {
    let stages = ndcodec::stage::stages();
    let stage = stages.iter().find(|stage| stage.name() == name.trim())?;
    let needed: Vec<&ParamSpec> =
        stage.params().iter().filter(|param| param.default == ParamDefault::Required).collect();
    let least = |param: &&ParamSpec| match param.kind {
        ParamKind::Int { min, .. } => Some(format!("{}={min}", param.name)),
        _ => None,
    };
    let given: Vec<String> = needed.iter().map(least).collect::<Option<_>>()?;
    let mut report = report_of(&format!("{}({})", stage.name(), given.join(","))).ok()?;
    for param in report.stages.iter_mut().flat_map(|step| &mut step.params).filter(|param| param.given) {
        param.leave_open();
    }
    let open: Vec<String> = needed.iter().map(|param| format!("{}=…", param.name)).collect();
    report.chain = format!("{}({})", stage.name(), open.join(","));
    report.full.clone_from(&report.chain);
    Some(report)
}

fn report_of(text: &str) -> Result<Report, Failure> {
    Ok(match Line::parse(text) {
        Ok(line) => {
            let kind = match line {
                Line::Chain(_) => "chain",
                Line::Pipeline(_) => "pipeline",
            };
            report(kind, line.stages(), line.to_string(), format!("{line:#}"))
        }
        // Filters stand in no chain of their own, but behind a format or inside a container.
        Err(error) => match Chain::parse(&format!("raw|{text}")) {
            Ok(chain) if error.kind() == ChainErrorKind::Order => {
                let inner =
                    |text: String| text.split_once('|').map_or(String::new(), |(_, rest)| rest.to_owned());
                let (text, full) = (inner(chain.to_string()), inner(format!("{chain:#}")));
                report("inner", chain.stages().skip(1).collect(), text, full)
            }
            _ => return Err(error.into()),
        },
    })
}

fn report(kind: &'static str, specs: Vec<&StageSpec>, chain: String, full: String) -> Report {
    let step = |spec: &&StageSpec| Step {
        stage: Stage::of(spec),
        params: settings(spec.descriptor(), spec.params()),
    };
    let stages: Vec<Step> = specs.iter().map(step).collect();
    Report {
        kind,
        chain,
        full,
        text: specs.last().is_some_and(|spec| spec.descriptor().is_text()),
        streams: stages.iter().all(|step| step.stage.streams),
        lossy: specs.into_iter().any(is_lossy),
        stages,
    }
}

fn drawing(report: &Report) -> String {
    let mut lines = vec![if report.kind == "pipeline" { "bytes" } else { "array" }.to_owned()];
    let names = report.stages.iter().flat_map(|step| &step.params).map(|param| param.name.len());
    let name_width = names.max().unwrap_or(0);
    let texts =
        report.stages.iter().flat_map(|step| &step.params).map(|param| value_column(param).chars().count());
    // A dtype or an inner chain may be long; its line alone is then longer.
    let text_width = texts.filter(|width| *width <= 24).max().unwrap_or(0);
    let stage_width = report.stages.iter().map(|step| step.stage.name.len()).max().unwrap_or(0);
    for step in &report.stages {
        let stage = &step.stage;
        let mut traits = vec![stage.kind.as_str(), if stage.text { "text" } else { "binary" }];
        traits.push(if stage.streams { "streams" } else { "needs all data in memory" });
        if stage.lossy {
            traits.push("lossy");
        }
        lines.push("  │".to_owned());
        lines.push(format!("  ▼  {:<stage_width$}  {}", stage.name, stage.summary));
        lines.push(format!("  │    {}", traits.join(", ")));
        for param in &step.params {
            let value = value_column(param);
            lines.push(format!("  │    {:<name_width$} = {value:<text_width$}  {}", param.name, param.doc));
        }
    }
    lines.push("  │".to_owned());
    lines.push("  ▼".to_owned());
    lines.push(if report.text { "text" } else { "bytes" }.to_owned());
    lines.push(String::new());
    lines.push(format!("canonical  {}", report.chain));
    lines.push(format!("in full    {}", report.full));
    lines.push(format!("streams    {}", if report.streams { "yes, in bounded memory" } else { "no" }));
    lines.push(format!("lossy      {}", if report.lossy { "yes" } else { "no" }));
    lines.push(String::new());
    lines.join("\n")
}

fn value_column(param: &Setting) -> String {
    match (&param.text, param.given) {
        (Some(text), true) => text.clone(),
        (Some(text), false) if text == NEEDED => text.clone(),
        (Some(text), false) => format!("{text} (default)"),
        (None, _) => "(inferred)".to_owned(),
    }
}
