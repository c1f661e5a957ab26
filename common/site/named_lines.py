"""Which layers of a table a line of a written-out file stands for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.site.parts import assigned
from common.table.analysis import Table

HELPERS = ("_pad", "_flat", "_relu")  # ends of the names of what a framework needs beside a layer
Numbers = range  # of lines, from 1


@dataclass
class _Class:
    """What a class of the file holds.

    Attributes:
        attributes: (name below the object, its lines, the class that it is of) of each layer and block.
        paths: (name, its lines) of each value that the method computes.
    """

    attributes: list[tuple[str, Numbers, str]] = field(default_factory=list)
    paths: list[tuple[str, Numbers]] = field(default_factory=list)


def named_lines(code: str, network: str, table: Table) -> dict[int, tuple[str, ...]]:
    """Canonical names of stages, blocks, paths and layers by the number of the line, from 1.

    A line of a block's class stands for a layer of every block of that class.

    Args:
        code: as `common.written.file.written` writes it.
        network: the class of the network.
        table: what it was written from.

    >>> from common import nets
    >>> from common.written import written
    >>> table = nets.get("d2l")
    >>> code = written(table, "torch")
    >>> line = code[: code.index("self.p2_2")].count("\\n") + 1
    >>> named_lines(code, "GoogLeNet", table)[line][:2]
    ('b3.3a.p2_2', 'b3.3b.p2_2')
    """
    classes = {node.name: _read(node) for node in ast.parse(code).body if isinstance(node, ast.ClassDef)}
    found: dict[int, dict[str, None]] = defaultdict(dict)
    known = {*table.layers, *_paths(table)}

    def visit(name: str, prefix: str) -> None:
        for attribute, lines, inner in classes[name].attributes:
            own = _known(f"{prefix}{attribute}", known)
            for line in lines if own else ():
                found[line][own] = None
            if own and inner in classes:
                visit(inner, f"{own}.")
        for path, lines in classes[name].paths if prefix else ():
            for line in lines if f"{prefix}{path}" in known else ():
                found[line][f"{prefix}{path}"] = None

    visit(network, "")
    return {line: tuple(names) for line, names in found.items()}


def _known(name: str, known: set[str]) -> str:
    """The layer that a name is of, or that it helps; "" where there is none."""
    helped = [name.removesuffix(end) for end in HELPERS if name.endswith(end)]
    return next((each for each in (name, *helped) if each in known), "")


def _paths(table: Table) -> Iterator[str]:
    """Canonical names of the paths of blocks: a layer ``b3.3a.p2_1`` is of ``b3.3a.p2``."""
    for name in table.layers:
        path, _, number = name.rpartition("_")
        if number.isdigit() and "." in path:
            yield path


def _read(node: ast.ClassDef) -> _Class:
    found = _Class()
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        for statement in method.body:
            if method.name == "__init__" and (name := assigned(statement)):
                assert isinstance(statement, ast.Assign)
                found.attributes += _held(name, statement, statement.value)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found.paths.append((statement.targets[0].id, _numbers(statement)))
    return found


def _held(name: str, whole: ast.AST, value: ast.expr) -> Iterator[tuple[str, Numbers, str]]:
    """A layer, or a stage and what is in it."""
    arguments = value.args if isinstance(value, ast.Call) else []
    inner = [each for each in arguments if isinstance(each, ast.Tuple | ast.Starred)]
    lines = _numbers(whole)
    yield name, lines[:1] if inner else lines, _called(value)
    for each in inner:
        for below, layer in _named(each):
            yield f"{name}.{below}", _numbers(each), _called(layer)


def _named(element: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """(name, layer) of each that an element of a stage stands for: one, or as many as a loop over letters makes."""
    match element:
        case ast.Tuple(elts=[ast.Constant(value=str(name)), layer]):
            yield name, layer
        case ast.Starred(
            value=ast.GeneratorExp(
                elt=ast.Tuple(elts=[ast.JoinedStr() as text, layer]),
                generators=[ast.comprehension(iter=ast.Constant(value=str(letters)))],
            )
        ):
            before = "".join(str(part.value) for part in text.values if isinstance(part, ast.Constant))
            for letter in letters:
                yield f"{before}{letter}", layer


def _called(value: ast.expr) -> str:
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def _numbers(node: ast.AST) -> Numbers:
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return range(first, last + 1)
