"""Code divided into parts: its docstring, its imports, each class and function, and each stage of the network."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

HEAD, IMPORTS = "docstring", "imports"


@dataclass(frozen=True)
class Part:
    """Lines of a file that belong together.

    Attributes:
        key: what parts of other files that belong to it are called too.
        first, last: numbers of lines, from 1; the last is included.
    """

    key: str
    first: int
    last: int


def divided(code: str, network: str = "", stages: Collection[str] = ()) -> list[Part]:
    """The parts of a file, from its first line to its last, without gaps.

    Args:
        code: Python.
        network: the class that is divided further: into its ``stages``, the rest of its constructor, and its methods.
        stages: attributes of that class.

    >>> [part.key for part in divided('"Title."\\n\\nimport os\\n\\n\\ndef f():\\n    pass\\n')]
    ['docstring', 'imports', 'f']
    """
    total = len(code.splitlines())
    starts: dict[int, str] = {}
    for line, key in _starts(ast.parse(code), network, stages):
        starts.setdefault(line, key)
    ordered = sorted(starts)
    if ordered and ordered[0] != 1:  # a comment above everything
        starts[1] = starts.pop(ordered[0])
        ordered[0] = 1
    ends = [line - 1 for line in ordered[1:]] + [total]
    return [Part(starts[line], line, end) for line, end in zip(ordered, ends, strict=True)]


def _starts(tree: ast.Module, network: str, stages: Collection[str]) -> Iterator[tuple[int, str]]:
    """(first line, key) of each part; statements between definitions belong to what is before them."""
    statements = tree.body
    imported = False
    for place, node in enumerate(statements):
        if place == 0 and _is_text(node):
            yield node.lineno, HEAD
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield line, node.name
            if isinstance(node, ast.ClassDef) and node.name == network:
                yield from _of_network(node, stages)
        elif not imported:
            imported = True
            yield node.lineno, IMPORTS


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _of_network(network: ast.ClassDef, stages: Collection[str]) -> Iterator[tuple[int, str]]:
    for method in network.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        if method.name != "__init__":
            yield method.lineno, f"{network.name}()"  # it is called so whatever it is called in a framework
            continue
        for statement in method.body:
            if (name := assigned(statement)) in stages:
                yield statement.lineno, f"{network.name}.{name}"


def assigned(statement: ast.stmt) -> str:
    """The attribute of ``self`` that a statement sets, and "" where it sets none.

    >>> assigned(ast.parse("self.b1 = Stage()").body[0])
    'b1'
    """
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
            return name
    return ""


Row = tuple[str, list[list[Part]]]


def aligned(files: Sequence[Sequence[Part]]) -> list[Row]:
    """Parts of files beside each other: (key, for each file the parts there), in the order of the files.

    A part that all files have, in the same order, is a row. What stands between two such rows is one row too, which
    may be empty in some of the files; its key is "".

    >>> one, two = ([Part(key, 1, 1) for key in keys] for keys in ("ac", "abc"))
    >>> [(key, [len(parts) for parts in cells]) for key, cells in aligned([one, two])]
    [('a', [1, 1]), ('', [0, 1]), ('c', [1, 1])]
    """
    places = [0] * len(files)
    rows: list[Row] = []
    for part in files[0]:
        ahead = [_next(file, place, part.key) for file, place in zip(files, places, strict=True)]
        if any(place is None for place in ahead):
            continue
        reached = [place for place in ahead if place is not None]
        between = [list(file[old:new]) for file, old, new in zip(files, places, reached, strict=True)]
        if any(between):
            rows.append(("", between))
        rows.append((part.key, [[file[new]] for file, new in zip(files, reached, strict=True)]))
        places = [new + 1 for new in reached]
    rest = [list(file[place:]) for file, place in zip(files, places, strict=True)]
    return [*rows, ("", rest)] if any(rest) else rows


def _next(file: Sequence[Part], start: int, key: str) -> int | None:
    return next((place for place in range(start, len(file)) if file[place].key == key), None)
