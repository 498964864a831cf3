//! What the checks ask of Markdown: which links a text has, and which anchors its headings make.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

/// Every destination of a link, an image, a reference, an `href` or a `src`, and the line it stands on, from 1.
pub(super) fn links(text: &str) -> Vec<(usize, String)> {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    // A reference is looked at where it is defined, whether it is used or not.
    let defined = parser.reference_definitions().iter();
    let defined = defined.map(|(_, definition)| (definition.span.start, definition.dest.to_string()));
    let mut found: Vec<(usize, String)> = defined.collect();
    for (event, Range { start, .. }) in parser.into_offset_iter() {
        match event {
            Event::Start(
                Tag::Link { link_type: LinkType::Inline | LinkType::Autolink, dest_url, .. }
                | Tag::Image { link_type: LinkType::Inline, dest_url, .. },
            ) => found.push((start, dest_url.into_string())),
            Event::Html(html) | Event::InlineHtml(html) => {
                let values = attributes(&html, &["href", "src"]);
                found.extend(values.map(|(at, value)| (start + at, value.to_owned())));
            }
            _ => {}
        }
    }
    found.sort();
    found.into_iter().map(|(at, to)| (text[..at].matches('\n').count() + 1, to)).collect()
}

/// The anchors of a text as GitHub makes them from headings, and those set by `id="…"` or `name="…"`.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&heading.take().unwrap_or_default());
                let count = seen.entry(slug.clone()).or_insert(0);
                anchors.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
                *count += 1;
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                anchors.extend(attributes(&html, &["id", "name"]).map(|(_, value)| value.to_owned()));
            }
            _ => {}
        }
    }
    anchors
}

/// Lower case, blanks to dashes, and nothing else but letters, digits, `-` and `_`.
fn slug(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then_some(c),
    };
    heading.to_lowercase().chars().filter_map(kept).collect()
}

/// The quoted values of the attributes of these names, and where they stand.
fn attributes<'h>(html: &'h str, names: &[&str]) -> impl Iterator<Item = (usize, &'h str)> {
    let opening = names.iter().map(|name| format!(" {name}=\""));
    let values = opening.flat_map(|opening| {
        let ends = html.match_indices(&opening).map(|(at, _)| at + opening.len()).collect::<Vec<_>>();
        ends.into_iter().filter_map(|at| Some((at, html[at..].split_once('"')?.0)))
    });
    values.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_every_form_are_found() {
        let text = "[a](b.md) ![i](i.png \"t\") [c](<d e.md>) `[no](x)` [f](g_(h).md#i)\n```\n[no](y)\n```\n\
                    [ref]: r.md \"title\"\n<a href=\"h.md\"><img src=\"s.png\"></a>\n[`code`](k.md) [used][ref] \
                    <https://e.org>\n\n| `a\\|b` | [cell](t.md) |\n| --- | --- |\n| x | [u](v.md) |";
        assert_eq!(
            links(text).iter().map(|(line, to)| (*line, to.as_str())).collect::<Vec<_>>(),
            [
                (1, "b.md"),
                (1, "i.png"),
                (1, "d e.md"),
                (1, "g_(h).md#i"),
                (5, "r.md"),
                (6, "h.md"),
                (6, "s.png"),
                (7, "k.md"),
                (7, "https://e.org"),
                (9, "t.md"),
                (11, "v.md"),
            ]
        );
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# A `zstd(level)` & b\n## Same\n## Same\n```sh\n# no\n```\n### [Linked](x.md) 2.0\n\
                    <a id=\"set\"></a>\n#no\n\nUnder*lined*\n===\n\n    # code";
        let expected = ["a-zstdlevel--b", "linked-20", "same", "same-1", "set", "underlined"];
        assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_fence_is_closed_by_its_own_kind() {
        let text = "````md\n```sh\n[inner](a)\n```\n````\n[after](b)\n~~~\n```\n[in](c)\n~~~\n[end](d)";
        assert_eq!(links(text), [(6, "b".to_owned()), (11, "d".to_owned())]);
    }
}
