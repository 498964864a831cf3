//! Just enough Markdown: which lines are code, which links a text has, and which anchors its headings make.

use std::collections::{BTreeMap, BTreeSet};

/// A link's destination and the line it stands on, from 1.
pub(super) type Link<'a> = (usize, &'a str);

/// Every destination of a link, an image, a reference or an `href` outside code.
pub(super) fn links(lines: &[(usize, String)]) -> Vec<Link<'_>> {
    let mut found = Vec::new();
    for (number, line) in lines {
        let inline = line.match_indices("](").map(|(at, _)| &line[at + 2..]);
        let reference =
            line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, to)| to);
        for after in inline.chain(reference) {
            found.extend(destination(after.trim_start()).map(|to| (*number, to)));
        }
        for attribute in ["href=\"", "src=\""] {
            let quoted = line.match_indices(attribute).map(|(at, _)| &line[at + attribute.len()..]);
            found.extend(quoted.filter_map(|after| after.split_once('"')).map(|(to, _)| (*number, to)));
        }
    }
    found
}

/// The destination at the beginning of what stands behind `](`: up to a blank or the bracket that closes it.
fn destination(after: &str) -> Option<&str> {
    if let Some(inside) = after.strip_prefix('<') {
        return inside.split_once('>').map(|(to, _)| to);
    }
    let mut depth = 0;
    let end = after.find(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0 || c.is_whitespace()
    });
    let to = &after[..end.unwrap_or(after.len())];
    (!to.is_empty()).then_some(to)
}

/// The anchors of a text as GitHub makes them from headings (`#` style), and those set by `id="…"` or `name="…"`.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in text_lines(text, false).iter().map(|(_, line)| line) {
        let level = line.len() - line.trim_start_matches('#').len();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            let slug = slug(&line[level..]);
            let count = seen.entry(slug.clone()).or_insert(0);
            anchors.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
            *count += 1;
        }
        for attribute in ["id=\"", "name=\""] {
            let quoted = line.match_indices(attribute).map(|(at, _)| &line[at + attribute.len()..]);
            anchors.extend(quoted.filter_map(|after| after.split_once('"')).map(|(id, _)| id.to_owned()));
        }
    }
    anchors
}

/// Lower case, blanks to dashes, and nothing else but letters, digits, `-` and `_`. Of a link, its text.
fn slug(heading: &str) -> String {
    let mut plain = heading.trim().trim_end_matches('#').trim_end().to_owned();
    while let Some((before, link)) = plain.split_once("](") {
        let Some((_, after)) = link.split_once(')') else {
            break;
        };
        plain = format!("{before}{after}");
    }
    plain
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then_some(c),
        })
        .collect()
}

/// The lines outside fenced code with their numbers from 1; `inline code` is taken out too if asked for.
pub(super) fn text_lines(text: &str, without_inline_code: bool) -> Vec<(usize, String)> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let marks = trimmed.len() - trimmed.trim_start_matches(['`', '~']).len();
        let mark = &trimmed[..marks];
        match fence {
            Some(open) if mark.starts_with(open) && trimmed[marks..].trim().is_empty() => fence = None,
            Some(_) => {}
            // A line such as ```` ```x``` ```` is inline code.
            None if marks >= 3 && !trimmed[marks..].contains('`') => fence = Some(mark),
            None => {
                let kept = if without_inline_code { outside_inline_code(line) } else { line.to_owned() };
                lines.push((index + 1, kept));
            }
        }
    }
    lines
}

fn outside_inline_code(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let ticks = &rest[at..][..rest[at..].len() - rest[at..].trim_start_matches('`').len()];
        let Some(end) = rest[at + ticks.len()..].find(ticks) else {
            break;
        };
        kept.push_str(&rest[..at]);
        rest = &rest[at + ticks.len() + end + ticks.len()..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_every_form_are_found() {
        let text = "[a](b.md) ![i](i.png \"t\") [c](<d e.md>) `[no](x)` [f](g_(h).md#i)\n```\n[no](y)\n```\n\
                    [ref]: r.md \"title\"\n<a href=\"h.md\"><img src=\"s.png\"></a>\n[`code`](k.md)";
        let lines = text_lines(text, true);
        assert_eq!(
            links(&lines),
            [
                (1, "b.md"),
                (1, "i.png"),
                (1, "d e.md"),
                (1, "g_(h).md#i"),
                (5, "r.md"),
                (6, "h.md"),
                (6, "s.png"),
                (7, "k.md")
            ]
        );
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# A `zstd(level)` & b\n## Same\n## Same\n```sh\n# no\n```\n### [Linked](x.md) 2.0\n<a id=\"set\"></a>\n#no";
        let expected = ["a-zstdlevel--b", "linked-20", "same", "same-1", "set"];
        assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_fence_is_closed_by_its_own_kind() {
        let text = "````md\n```sh\ninner\n```\n````\nafter\n~~~\n```\n~~~\nend";
        assert_eq!(text_lines(text, true), [(6, "after".to_owned()), (10, "end".to_owned())]);
    }
}
