//! What rustdoc must say: each method of the types that users meet has an example and names the kinds of its errors, and no
//! public item is without documentation.

use std::collections::BTreeMap;

use serde_json::Value;

/// The crate that has these types.
pub(super) const LIBRARY: &str = "ndcodec-core";

/// The types, and how many methods each has at least: fewer would mean that they were not found.
const TYPES: [(&str, usize); 5] =
    [("Chain", 44), ("Pipeline", 20), ("Array", 14), ("ArrayView", 18), ("Opened", 8)];

/// What is missing in the rustdoc of these types; or how many methods were looked at.
pub(super) fn check(rustdoc: &Value) -> Result<usize, Vec<String>> {
    let (mut problems, mut looked_at) = (Vec::new(), 0);
    for (name, least) in TYPES {
        let methods = methods(rustdoc, name);
        if methods.len() < least {
            problems.push(format!("{name}: {} methods were found; expected {least} at least", methods.len()));
        }
        looked_at += methods.len();
        for (method, item) in methods {
            problems.extend(missing(item).map(|what| format!("{name}::{method} has {what}")));
        }
    }
    if problems.is_empty() { Ok(looked_at) } else { Err(problems) }
}

/// The public items of this crate that say nothing of themselves.
pub(super) fn undocumented(rustdoc: &Value) -> Vec<String> {
    let items = rustdoc["index"].as_object().into_iter().flatten().map(|(_, item)| item);
    let is_bare = |item: &&Value| {
        // An impl, a re-export and what derives make are documented elsewhere.
        let kinds =
            ["function", "struct", "enum", "trait", "module", "constant", "static", "macro", "type_alias"];
        item["visibility"] == "public"
            && item["crate_id"] == 0
            && kinds.iter().any(|kind| item["inner"].get(kind).is_some())
            && item["docs"].as_str().is_none_or(|docs| docs.trim().is_empty())
            && !is_hidden(item)
    };
    let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
    items.filter(is_bare).map(name).collect()
}

/// The public inherent methods of a struct, by name.
fn methods<'r>(rustdoc: &'r Value, name: &str) -> BTreeMap<&'r str, &'r Value> {
    let index = &rustdoc["index"];
    let item = |id: &Value| &index[id.to_string()];
    let structs = index.as_object().into_iter().flatten().map(|(_, item)| item);
    let structs = structs.filter(|item| item["name"] == name && item["crate_id"] == 0);
    let impls = structs.flat_map(|item| item["inner"]["struct"]["impls"].as_array().into_iter().flatten());
    let inherent = impls.map(|id| &item(id)["inner"]["impl"]).filter(|of| of["trait"].is_null());
    let items = inherent.flat_map(|of| of["items"].as_array().into_iter().flatten()).map(item);
    items
        .filter(|item| item["visibility"] == "public" && item["inner"].get("function").is_some())
        .filter(|item| !is_hidden(item))
        .map(|item| (item["name"].as_str().unwrap_or_default(), item))
        .collect()
}

/// What a method's documentation lacks.
fn missing(method: &Value) -> Option<&'static str> {
    let docs = method["docs"].as_str().unwrap_or_default();
    if !docs.contains("```") {
        return Some("no example");
    }
    let output = &method["inner"]["function"]["sig"]["output"]["resolved_path"];
    let path = output["path"].as_str().or(output["name"].as_str()).unwrap_or_default();
    if path != "Result" && !path.ends_with("::Result") {
        return None;
    }
    let Some((_, errors)) = docs.split_once("# Errors") else { return Some("no section `# Errors`") };
    let names_kinds = errors.contains("ErrorKind::") || errors.contains("As [") || errors.contains("as [");
    (!names_kinds).then_some("a section `# Errors` without the kinds of errors")
}

fn is_hidden(item: &Value) -> bool {
    item["attrs"].to_string().contains("doc(hidden)")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn method(docs: &str, output: &str) -> Value {
        json!({
            "name": "f", "crate_id": 0, "visibility": "public", "docs": docs, "attrs": [],
            "inner": { "function": { "sig": { "output": { "resolved_path": { "path": output } } } } },
        })
    }

    fn rustdoc(method: Value) -> Value {
        let chain = json!({ "name": "Chain", "crate_id": 0, "inner": { "struct": { "impls": [2] } } });
        let inherent = json!({ "inner": { "impl": { "trait": null, "items": [3] } } });
        json!({ "index": { "1": chain, "2": inherent, "3": method } })
    }

    #[test]
    fn what_is_missing_is_named() {
        let good = "Text.\n```\nf()\n```\n# Errors\nOf kind [`Input`](ErrorKind::Input).";
        for (docs, expected) in [
            (good, None),
            ("Text.", Some("no example")),
            ("Text.\n```\nf()\n```", Some("no section `# Errors`")),
            ("```\nf()\n```\n# Errors\nAs [`g`].", None),
            (
                "```\nf()\n```\n# Errors\nIf it fails.",
                Some("a section `# Errors` without the kinds of errors"),
            ),
        ] {
            assert_eq!(missing(&method(docs, "Result")), expected, "{docs}");
        }
        assert_eq!(missing(&method("```\nf()\n```", "Vec")), None);
    }

    #[test]
    fn a_type_that_is_not_found_is_a_problem() {
        let found = rustdoc(method("Text.", "Vec"));
        assert_eq!(methods(&found, "Chain").len(), 1);
        let problems = check(&found).unwrap_err();
        assert_eq!(problems[0], "Chain: 1 methods were found; expected 44 at least");
        assert_eq!(problems[1], "Chain::f has no example");
        assert_eq!(problems.len(), 6);
        assert!(undocumented(&rustdoc(method("Text.", "Vec"))).is_empty());
        assert_eq!(undocumented(&rustdoc(method(" ", "Vec"))), ["f"]);
    }
}
