//! What a list of chains takes from strangers, what it chooses for them, and what it says otherwise.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use ndcodec::{Array, ArrayView, Chain};
use ndcodec_http::{Chains, Choice, Content, Form, Problem, content_type};
use proptest::prelude::*;

fn headers(pairs: &[(http::HeaderName, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
}

fn of_chain(chain: &str) -> HeaderMap {
    headers(&[(CONTENT_TYPE, content_type(&Chain::parse(chain).unwrap()).unwrap().to_str().unwrap())])
}

fn brief(problem: &Problem) -> (u16, &str) {
    (problem.status, &problem.kind)
}

fn ramp() -> Array {
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    let view = ArrayView::from_slice(&values, &[10, 100]).unwrap();
    let npy = Chain::parse("npy").unwrap();
    npy.decode(&npy.encode(&view).unwrap()).unwrap()
}

fn is_same(a: &Array, b: &Array) -> bool {
    a.layout() == b.layout() && a.view().payload() == b.view().payload()
}

#[test]
fn a_chain_is_taken_if_the_list_has_its_stages() {
    let chains =
        Chains::new(["npy|zstd", "raw|zlib", "chunked(shuffle|lz4)", "npy|lz4(framing=block)", "npy|hex"])
            .unwrap();
    for taken in [
        "npy|zstd",
        " npy | zstd(level=19)",
        "npy|zstd(checksum=true)",
        "raw(<f4,2x3)|zlib(level=9)",
        "raw|zlib",
        "chunked(shuffle|lz4)",
        "npy|lz4(block)",
    ] {
        let chain = chains.allow(taken).unwrap_or_else(|problem| panic!("{taken}: {problem}"));
        assert_eq!(chain, Chain::parse(taken).unwrap());
    }
    for refused in [
        "npy",
        "npy|lz4",
        "npy|zstd|hex",
        "npy|zstd|zstd",
        "npy|gzip",
        "npy|shuffle|zstd",
        "raw|zstd",
        "chunked",
        "chunked(zstd)",
        "chunked(shuffle|zstd)",
        "npy|lz4(frame)",
        "npy|nothing",
    ] {
        let problem = chains.allow(refused).unwrap_err();
        assert_eq!(brief(&problem), (415, "chain_not_allowed"), "{refused}");
        assert_eq!(problem.chains.len(), 5);
    }
    for invalid in ["", "npy|", "zstd|npy", "npy|zstd(level=99)", "npy|zstd(x=1)", "npy(("] {
        assert_eq!(brief(&chains.allow(invalid).unwrap_err()), (400, "chain"), "{invalid}");
    }
}

#[test]
fn data_name_no_stages_that_the_list_lacks() {
    let array = ramp();
    let encode = |chain: &str| Chain::parse(chain).unwrap().encode(&array.view()).unwrap();
    let listed = Chains::new(["npy|zstd", "npy|shuffle", "chunked(shuffle|lz4)"]).unwrap();
    // The header of the first names the filter, and that of the second the inner chain.
    assert!(listed.decode(&of_chain("npy|zstd"), &encode("npy|zstd")).is_ok());
    for (claimed, real) in
        [("npy|zstd", "npy|shuffle|zstd"), ("chunked(shuffle|lz4)", "chunked(shuffle|zstd)")]
    {
        let problem = listed.decode(&of_chain(claimed), &encode(real)).unwrap_err();
        assert!((400..500).contains(&problem.status), "{real}: {problem:?}");
    }
    // Of a container without an inner chain the data name it.
    let open = Chains::new(["chunked", "auto"]).unwrap();
    for chain in ["chunked(shuffle|zstd)", "auto"] {
        let name = if chain == "auto" { "auto" } else { "chunked" };
        assert!(is_same(&open.decode(&of_chain(name), &encode(chain)).unwrap(), &array), "{chain}");
    }
}

#[test]
fn headers_that_are_not_taken() {
    let chains = Chains::new(["npy|zstd", "npy|zstd|base64"]).unwrap().with_max_body(1000);
    let ours = "application/vnd.ndcodec; chain=\"npy|zstd\"";
    let refused = |pairs: &[(http::HeaderName, &str)]| chains.content(&headers(pairs)).unwrap_err();
    for (pairs, expected) in [
        (vec![], (415, "media_type")),
        (vec![(CONTENT_TYPE, "application/octet-stream")], (415, "media_type")),
        (vec![(CONTENT_TYPE, "application/vnd.ndcodec")], (400, "header")),
        (vec![(CONTENT_TYPE, "application/vnd.ndcodec; chain=\"npy")], (400, "header")),
        (vec![(CONTENT_TYPE, "npy|zstd")], (400, "header")),
        (vec![(CONTENT_TYPE, "application/vnd.ndcodec; chain=\"npy|lz4\"")], (415, "chain_not_allowed")),
        (vec![(CONTENT_TYPE, ours), (CONTENT_ENCODING, "gzip")], (415, "content_coding")),
        (vec![(CONTENT_TYPE, ours), (CONTENT_LENGTH, "1001")], (413, "body_limit")),
    ] {
        let problem = refused(&pairs);
        assert_eq!(brief(&problem), expected, "{pairs:?}");
    }
    let twice = [(CONTENT_TYPE, ours), (CONTENT_TYPE, ours)];
    let mut doubled = HeaderMap::new();
    for (name, value) in twice {
        doubled.append(name, HeaderValue::from_static(value));
    }
    assert_eq!(brief(&chains.content(&doubled).unwrap_err()), (400, "header"));

    // After 415 the response says what is taken, in a form that a client may send back.
    let problem = refused(&[(CONTENT_TYPE, "text/csv")]);
    let accept = problem.headers();
    assert_eq!(
        accept[ACCEPT],
        "application/vnd.ndcodec; chain=\"npy|zstd\", application/vnd.ndcodec; chain=\"npy|zstd|base64\""
    );
    assert_eq!(chains.choose(&accept).unwrap().chain().to_string(), "npy|zstd");
    let coding = refused(&[(CONTENT_TYPE, ours), (CONTENT_ENCODING, "gzip")]).headers();
    assert_eq!(coding["accept-encoding"], "identity");

    assert!(matches!(chains.content(&headers(&[(CONTENT_TYPE, "application/json")])), Ok(Content::Json)));
    let binary = Chains::new(["npy|zstd"]).unwrap();
    assert_eq!(binary.content(&headers(&[(CONTENT_TYPE, "application/json")])).unwrap_err().status, 415);
}

#[test]
fn accept_chooses_what_the_client_prefers() {
    let chains = Chains::new(["npy|zstd(level=9)", "npy|lz4", "npy|zlib|base64"]).unwrap();
    let choose = |accept: &str| {
        let choice = chains.choose_of(Some(accept)).ok()?;
        Some(format!("{}{}", if choice.form() == Form::Json { "json " } else { "" }, choice.chain()))
    };
    let ours = |rest: &str| format!("application/vnd.ndcodec; chain={rest}");
    for (accept, expected) in [
        ("*/*", Some("npy|zstd(level=9)")),
        ("application/*;q=0.1", Some("npy|zstd(level=9)")),
        ("application/vnd.ndcodec", Some("npy|zstd(level=9)")),
        ("application/json", Some("json npy|zlib|base64")),
        ("application/json, */*;q=0.5", Some("json npy|zlib|base64")),
        ("application/json; chain=\"npy|zlib|base64\"", Some("json npy|zlib|base64")),
        ("application/json; chain=\"npy|zstd|base64\"", None),
        ("text/html, *;q=.2, */*;q=0.2", Some("npy|zstd(level=9)")),
        (&ours("\"npy|lz4\""), Some("npy|lz4")),
        (&ours("npy|zstd"), Some("npy|zstd(level=9)")),
        (&format!("{}, {}", ours("\"npy|zstd\"; q=0.3"), ours("\"npy|lz4\"; q=0.4")), Some("npy|lz4")),
        // A client that does not want the first.
        (&format!("{}, */*", ours("\"npy|zstd\"; q=0")), Some("npy|lz4")),
        (&format!("{}, application/vnd.ndcodec", ours("\"pickle\"")), Some("npy|zstd(level=9)")),
        (&ours("\"npy|zstd(level=3)\""), None),
        (&ours("\"npy|gzip\""), None),
        ("text/html", None),
        ("*/*;q=0", None),
        ("nonsense", None),
    ] {
        assert_eq!(choose(accept).as_deref(), expected, "{accept}");
    }
    let many = |count: usize| vec!["*/*;q=0.1"; count].join(", ");
    assert!(chains.choose_of(Some(&many(1000))).is_ok());
    let problem = chains.choose_of(Some(&many(1001))).unwrap_err();
    assert_eq!(brief(&problem), (400, "header"));
    assert_eq!(problem.detail, "the `Accept` lists more than 1000 media types");
    let problem = chains.choose_of(Some("text/html")).unwrap_err();
    assert_eq!((brief(&problem), problem.chains.len()), ((406, "not_acceptable"), 3));
    assert_eq!(chains.choose(&HeaderMap::new()).unwrap().chain().to_string(), "npy|zstd(level=9)");
    // Several fields are one list.
    let mut two = headers(&[(ACCEPT, "text/html")]);
    two.append(ACCEPT, HeaderValue::from_static("application/json"));
    assert_eq!(chains.choose(&two).unwrap().form(), Form::Json);
}

#[test]
fn bad_bodies_have_a_status_each() {
    let chains = Chains::new(["npy|zstd", "npy|crc32c|base64"]).unwrap().with_max_bytes(100_000);
    let array = ramp();
    let (binary, body) = chains.choose(&HeaderMap::new()).unwrap().encode(&array.view()).unwrap();
    let decode = |headers: &HeaderMap, body: &[u8]| chains.decode(headers, body);
    assert!(is_same(&decode(&binary, &body).unwrap(), &array));
    assert_eq!(brief(&decode(&binary, &body[..20]).unwrap_err()), (422, "truncated"));
    assert_eq!(decode(&binary, b"").unwrap_err().status, 422);

    let small = chains.clone().with_max_bytes(1000);
    let problem = small.decode(&binary, &body).unwrap_err();
    assert_eq!((brief(&problem), problem.limit), ((413, "limit"), Some(1000)));
    let tiny = chains.clone().with_max_body(10);
    let problem = tiny.decode(&binary, &body).unwrap_err();
    assert_eq!((brief(&problem), problem.limit), ((413, "body_limit"), Some(10)));

    let json = headers(&[(CONTENT_TYPE, "application/json; charset=utf-8")]);
    let text =
        Choice::new(Chain::parse("npy|crc32c|base64").unwrap(), Form::Json).encode(&array.view()).unwrap().1;
    assert!(is_same(&decode(&json, &text).unwrap(), &array));
    let escaped = String::from_utf8(text.to_vec()).unwrap().replace('|', "\\u007c");
    assert!(is_same(&decode(&json, escaped.as_bytes()).unwrap(), &array));
    let damaged = String::from_utf8(text.to_vec()).unwrap().replacen("AAA", "BBB", 1);
    assert_eq!(brief(&decode(&json, damaged.as_bytes()).unwrap_err()), (422, "checksum"));
    for (body, expected) in [
        (&b"{"[..], (400, "json")),
        (b"\xff", (400, "json")),
        (b"[1]", (422, "json")),
        (b"[\"npy|crc32c|base64\", \"\"]", (422, "json")),
        (b"[1", (400, "json")),
        (b"{\"chain\": 1", (400, "json")),
        (b"{\"chain\": \"npy\", \"data\": \"\", \"data\": \"\"}", (422, "json")),
        (b"{\"chain\": \"\\ud800\", \"data\": \"\"}", (422, "json")),
        (b"{\"chain\": \"npy\"}", (422, "json")),
        (b"{\"chain\": \"npy\", \"data\": \"\", \"more\": 1}", (422, "json")),
        (b"{\"chain\": \"npy|zlib|base64\", \"data\": \"\"}", (415, "chain_not_allowed")),
        (b"{\"chain\": \"npy|\", \"data\": \"\"}", (400, "chain")),
    ] {
        assert_eq!(brief(&decode(&json, body).unwrap_err()), expected, "{}", String::from_utf8_lossy(body));
    }
}

proptest! {
    /// Whatever a client accepts of what is listed, it can read what is chosen.
    #[test]
    fn what_is_chosen_is_taken(ours in subset(), theirs in subset()) {
        let (service, client) = (Chains::new(&ours).unwrap(), Chains::new(&theirs).unwrap());
        let request = HeaderMap::from_iter([(ACCEPT, client.accept())]);
        let array = ramp();
        match service.choose(&request) {
            Ok(choice) => {
                let (headers, body) = choice.encode(&array.view()).unwrap();
                let read = client.decode(&headers, &body).map_err(|problem| problem.to_string());
                prop_assert!(is_same(&read.unwrap(), &array));
            }
            Err(problem) => {
                prop_assert_eq!(problem.status, 406);
                prop_assert!(!ours.iter().any(|chain| theirs.contains(chain)));
            }
        }
    }

    #[test]
    fn no_header_panics(text in any::<String>(), chain in "[a-z0-9|(),=<]{0,30}") {
        let chains = Chains::new(["npy|zstd", "raw|zlib|base64"]).unwrap();
        let _ = (chains.choose_of(Some(&text)), chains.content_of(Some(&text)), chains.allow(&text), chains.allow(&chain));
    }
}

fn subset() -> impl Strategy<Value = Vec<&'static str>> {
    const ALL: [&str; 7] =
        ["npy", "npy|zstd", "raw|zlib", "raw|base64", "chunked(shuffle|lz4)", "npy|lz4|hex", "auto"];
    proptest::sample::subsequence(&ALL[..], 1..=ALL.len()).prop_shuffle()
}
