"""Writes the docstrings of the native module into its stub, where editors read them; `--check` compares.

    python xtask/python/stub_docs.py [--check]

The package must be installed.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from pathlib import Path

import ndcodec._ndcodec as native

STUB = Path(__file__).parents[2] / "crates/ndcodec-python/python/ndcodec/_ndcodec.pyi"


def documented(text: str) -> str:
    """The stub with the docstrings of what it declares."""
    lines = text.splitlines(keepends=True)
    edits: list[tuple[int, int, list[str]]] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            edits.append(edit(node, getattr(native, node.name), 4, lines))
        elif isinstance(node, ast.ClassDef):
            found = getattr(native, node.name)
            doc = inspect.getdoc(found)
            first = node.body[0]
            if is_doc(first):
                edits.append((first.lineno - 1, first.end_lineno or 0, quoted(doc, 4)))
            elif doc:
                begin = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
                edits.append((begin - 1, begin - 1, quoted(doc, 4)))
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    edits.append(edit(member, inspect.getattr_static(found, member.name), 8, lines))
    for begin, end, new in sorted(edits, reverse=True):
        lines[begin:end] = new
    return "".join(lines)


def edit(node: ast.FunctionDef, found: object, indent: int, lines: list[str]) -> tuple[int, int, list[str]]:
    """The lines of the function's body, and what stands there in the end."""
    body = node.body
    last = body[-1].end_lineno or 0
    doc = inspect.getdoc(found)
    first = body[0]
    if not doc:
        return last, last, []
    line = lines[first.lineno - 1]
    if not is_doc(first) and line[: first.col_offset].strip():
        # `def f() -> int: ...`
        head = line[: first.col_offset].rstrip() + "\n"
        return first.lineno - 1, last, [head, *quoted(doc, indent)]
    return first.lineno - 1, last, quoted(doc, indent)


def is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def quoted(doc: str | None, indent: int) -> list[str]:
    if not doc:
        return []
    doc = doc.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    end = '\n"""' if "\n" in doc or doc.endswith('"') else '"""'
    text = textwrap.indent(f'"""{doc}{end}\n', " " * indent)
    return text.splitlines(keepends=True)


def main() -> None:
    text = STUB.read_text(encoding="utf-8")
    wanted = documented(text)
    if "--check" in sys.argv:
        if text != wanted:
            sys.exit("the stub's docstrings are not the module's: run `python xtask/python/stub_docs.py`")
    else:
        STUB.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
