//! The registry: duplicates, names, stages that come at run time.

mod toys;

use ndcodec_core::*;

#[test]
fn a_duplicate_is_an_error_on_use_that_names_both() {
    let error = Pipeline::parse("mark|twin").unwrap_err();
    assert_eq!(
        error.to_string(),
        "two stages are called `twin`: one of `first-package`, one of `second-package`\n  \
         |  mark|twin\n  \
         |       ^^^^\n\
         help: leave one of the packages out"
    );
    assert_eq!(stages().iter().filter(|stage| stage.name() == "twin").count(), 2);
    assert!(Pipeline::parse("mark").is_ok(), "the others still work");
}

#[test]
fn stages_are_sorted_and_stand_once() {
    let names: Vec<&str> = stages().iter().map(|stage| stage.name()).collect();
    assert!(names.is_sorted());
    assert!(register(&toys::MARK).is_ok(), "the same descriptor again is no duplicate");
    assert_eq!(stages().iter().filter(|stage| stage.name() == "mark").count(), 1);
}

#[test]
fn a_stage_can_come_at_run_time() {
    static LATE: StageDescriptor = StageDescriptor::codec("late", "test", &|_| build_codec_of("mark"));
    fn build_codec_of(text: &str) -> Result<Box<dyn Codec>, ParamError> {
        build_codec(text).map_err(|error| ParamError { param: None, message: error.message().to_owned() })
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
    fn build(_: &Params) -> Result<Box<dyn Codec>, ParamError> {
        build_codec("mark").map_err(|error| ParamError { param: None, message: error.message().to_owned() })
    }
    for name in ["", "Upper", "1st", "a-b", "a|b", "ä"] {
        let descriptor: &'static StageDescriptor =
            Box::leak(Box::new(StageDescriptor::codec(name, "test", &build)));
        assert!(matches!(register(descriptor), Err(RegisterError::Name(_))), "{name}");
    }
}
