//! Dicts.

use super::{from_header, message};
use crate::dtype::DType;

#[test]
fn a_dict_is_a_struct_with_gaps() {
    for (dict, expected) in [
        ("{'names': ['a', 'b'], 'formats': ['<i4', '<f8']}", "[('a', '<i4'), ('b', '<f8')]"),
        (
            "{'names': ['a', 'b'], 'formats': ['<i4', '<f8'], 'offsets': [0, 8], 'itemsize': 24, 'aligned': True}",
            "[('a', '<i4'), ('', '|V4'), ('b', '<f8'), ('', '|V8')]",
        ),
        (
            "{'names': ('a',), 'formats': (('<i4', (2,)),), 'offsets': (4,), 'titles': ('t',), 'aligned': False}",
            "[('', '|V4'), (('t', 'a'), '<i4', (2,))]",
        ),
        (
            "{'names': ['a', 'b'], 'formats': ['2<i4', {'names': ['c'], 'formats': ['|u1'], 'itemsize': 4}], \
             'titles': [None, 't']}",
            "[('a', '<i4', (2,)), (('t', 'b'), [('c', '|u1'), ('', '|V3')])]",
        ),
        ("[('a', {'names': [], 'formats': [], 'itemsize': 3})]", "[('a', [('', '|V3')])]"),
        ("{'names': [], 'formats': []}", "[]"),
    ] {
        assert_eq!(DType::parse(dict).map(|dtype| dtype.to_string()), Ok(expected.to_owned()), "{dict}");
        assert!(from_header(dict).unwrap_err().ends_with("found a dict"), "{dict}");
    }
}

#[test]
fn what_is_none_is_refused() {
    for (dict, expected) in [
        ("{}", "`names` in a dtype's dict is not a list"),
        ("{'names': 'ab', 'formats': ['<i4']}", "`names` in a dtype's dict is not a list"),
        ("{'names': ['a']}", "`formats` in a dtype's dict is not a list as long as `names`"),
        ("{'names': ['a'], 'formats': []}", "`formats` in a dtype's dict is not a list as long as `names`"),
        ("{'names': [1], 'formats': ['<i4']}", "`names` in a dtype's dict is not a list of strings"),
        (
            "{'names': ['a'], 'formats': ['<i4'], 'offsets': [-1]}",
            "`offsets` in a dtype's dict is not a list of lengths",
        ),
        (
            "{'names': ['a'], 'formats': ['<i4'], 'titles': [1]}",
            "`titles` in a dtype's dict is not a list of strings and `None`",
        ),
        (
            "{'names': ['a'], 'formats': ['<i4'], 'itemsize': '4'}",
            "`itemsize` in a dtype's dict is not a number of bytes",
        ),
        (
            "{'names': ['a'], 'formats': ['<i4'], 'aligned': True}",
            "`aligned` in a dtype's dict is not given with both `offsets` and `itemsize`, also in nested structs",
        ),
        (
            "{'names': ['a'], 'formats': ['|u1,<i4'], 'offsets': [0], 'itemsize': 8, 'aligned': True}",
            "in field `a`: `aligned` in a dtype's dict is not given with both `offsets` and `itemsize`, also in nested structs",
        ),
        (
            "{'a': ('<i4', 0)}",
            "a dtype's dict has the keys `names`, `formats`, `offsets`, `titles`, `itemsize` and `aligned`, and not \
             `'a'`",
        ),
        ("{'names': ['a'], 'formats': ['<i3']}", "in field `a`: unknown dtype `<i3`"),
        (
            "{'names': ['a'], 'formats': ['<i4'], 'itemsize': 3}",
            "the fields end at byte 4, after the itemsize 3",
        ),
        (
            "{'names': ['a', 'b'], 'formats': ['<i4', '<i4'], 'offsets': [0, 2]}",
            "field `b` begins at byte 2, before the end 4 of the fields before it",
        ),
    ] {
        assert_eq!(message(&DType::parse(dict).unwrap_err()), expected, "{dict}");
    }
}
