//! The registry: duplicates, names, stages that come at run time.

mod toys;

use std::sync::Arc;

use ndcodec_core::*;

#[test]
fn a_duplicate_is_an_error_on_use_that_names_both() {
    let error = Pipeline::parse("mark|twin").unwrap_err();
    assert_eq!(
        error.to_string(),
        "two stages are called `twin`: one of `first-package`, one of `second-package`\n  \
         |  mark|twin\n  \
         |       ^^^^\n\
         help: leave one of the packages out, or choose by `Registry::prefer`"
    );
    assert_eq!(stages().iter().filter(|stage| stage.name() == "twin").count(), 2);
    assert!(Pipeline::parse("mark").is_ok(), "the others still work");
}

#[test]
fn stages_are_sorted_and_stand_once() {
    let names: Vec<&str> = stages().iter().map(|stage| stage.name()).collect();
    assert!(names.is_sorted());
    assert!(register(&toys::MARK).is_ok(), "the same descriptor again is not a duplicate");
    assert_eq!(stages().iter().filter(|stage| stage.name() == "mark").count(), 1);
}

#[test]
fn a_stage_can_come_at_run_time() {
    static LATE: StageDescriptor = StageDescriptor::codec("late", "test", &|_| build_codec_of("mark"));
    fn build_codec_of(text: &str) -> Result<Arc<dyn Codec>, ParamError> {
        build_codec(text).map_err(|error| ParamError::of_stage(error.message().to_owned()))
    }
    assert_eq!(Pipeline::parse("late").unwrap_err().kind(), ChainErrorKind::UnknownStage);
    register(&LATE).unwrap();
    assert_eq!(Pipeline::parse("late").unwrap().encode(b"a").unwrap(), b"<a>");
    static USURPER: StageDescriptor = StageDescriptor::codec("late", "other", &|_| build_codec_of("mark"));
    assert_eq!(
        register(&USURPER).unwrap_err().to_string(),
        "the stage `late` of `other` is registered already by `test`"
    );
}

#[test]
fn names_must_be_words_of_the_language() {
    fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
        build_codec("mark").map_err(|error| ParamError::of_stage(error.message().to_owned()))
    }
    for name in ["", "Upper", "1st", "a-b", "a|b", "ä"] {
        let descriptor: &'static StageDescriptor =
            Box::leak(Box::new(StageDescriptor::codec(name, "test", &build)));
        assert!(matches!(register(descriptor), Err(RegisterError::Name(_))), "{name}");
    }
}

#[test]
fn a_registry_can_be_narrowed() {
    let registry = Registry::only(&[&toys::TOY, &toys::MARK]);
    let names: Vec<&str> = registry.stages().iter().map(|stage| stage.name()).collect();
    assert_eq!(names, ["mark", "toy"]);
    assert!(Chain::parse_in(&registry, "toy|mark").is_ok());
    let error = Chain::parse_in(&registry, "toy|flip|mark").unwrap_err();
    assert_eq!(error.kind(), ChainErrorKind::NotAllowed);
    assert_eq!(
        error.to_string(),
        "the stage `flip` is not allowed here\n  |  toy|flip|mark\n  |      ^^^^\nhelp: allowed are: mark, toy"
    );
    let error = Pipeline::parse_in(&registry, "marc").unwrap_err();
    assert_eq!(error.help(), Some("did you mean `mark`? allowed are: mark, toy"));
}

#[test]
fn what_data_name_comes_from_the_registry_of_the_chain() {
    let array = ArrayView::from_slice(&[1_u16, 2, 3], &[3]).unwrap();
    let encoded = Chain::parse("toy|flip|mark").unwrap().encode(&array).unwrap();
    assert!(Chain::parse("toy|mark").unwrap().decode(&encoded).is_ok());
    let narrow = Registry::only(&[&toys::TOY, &toys::MARK]);
    let error = Chain::parse_in(&narrow, "toy|mark").unwrap().decode(&encoded).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.report().contains("the stage `flip` is not allowed here"), "{}", error.report());
    let wider = Registry::only(&[&toys::TOY, &toys::MARK, &toys::FLIP]);
    assert!(Chain::parse_in(&wider, "toy|mark").unwrap().decode(&encoded).is_ok());
}

#[test]
fn data_name_few_stages_and_only_those_that_allow_it() {
    static SHY: StageDescriptor = StageDescriptor::filter("shy", "test", &|_| build_filter_of("rot"))
        .with_summary("does not run for data");
    fn build_filter_of(text: &str) -> Result<Arc<dyn ArrayFilter>, ParamError> {
        build_filter(text).map_err(|error| ParamError::of_stage(error.message().to_owned()))
    }
    register(&SHY).unwrap();
    let decode = |chain: &str, filters: &str| {
        let encoded = format!("toy |u1 1 C {filters}\n\x01.");
        Chain::parse(chain).unwrap().decode(encoded.as_bytes()).map_err(|error| error.report())
    };
    assert!(decode("toy|shy", "shy").is_ok(), "who names a stage runs it");
    let error = decode("toy", "shy").unwrap_err();
    assert!(error.contains("data may not name the stage `shy`"), "{error}");
    assert!(decode("toy", "rot|rot|rot|rot").is_ok());
    let error = decode("toy", "rot|rot|rot|rot|rot").unwrap_err();
    assert!(
        error.contains("5 filters that only the data name are more than the 4 that are allowed"),
        "{error}"
    );
    assert!(decode("toy|rot|rot|rot|rot|rot", "rot|rot|rot|rot|rot").is_ok());
}

#[test]
fn one_of_two_stages_of_a_name_can_be_chosen() {
    let registry = Registry::all().prefer(&[&toys::OTHER_TWIN]);
    assert!(Pipeline::parse_in(&registry, "mark|twin").is_ok());
    assert_eq!(registry.stages().iter().filter(|stage| stage.name() == "twin").count(), 1);
    let both = Registry::only(&[&toys::TWIN, &toys::OTHER_TWIN]);
    assert_eq!(Pipeline::parse_in(&both, "twin").unwrap_err().kind(), ChainErrorKind::DuplicateStage);
}
