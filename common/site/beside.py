"""The written-out files of a table in rows: what belongs together stands beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from common.site.coloured import Names, coloured
from common.site.named_lines import named_lines
from common.site.parts import Part, aligned, divided
from common.table.analysis import Table
from common.written.file import class_name, written
from common.written.style import STYLES


@dataclass(frozen=True)
class Cell:
    """What one file has in a row.

    Attributes:
        column: the backend.
        html: its lines, coloured; empty where the file has nothing there.
    """

    column: str
    html: str


@dataclass(frozen=True)
class Beside:
    """Files beside each other.

    Attributes:
        lines: how many lines each has, by backend.
        rows: (key, cells in the order of the backends); see `common.site.parts.aligned`.
    """

    lines: dict[str, int]
    rows: list[tuple[str, list[Cell]]]


def beside(table: Table) -> Beside:
    """A table written out in every framework, in rows of classes and stages."""
    network = class_name(table)
    codes = {backend: written(table, backend) for backend in STYLES}
    parts = {backend: divided(code, network, {**table.trunk, **table.heads}) for backend, code in codes.items()}
    names = {backend: named_lines(code, network, table) for backend, code in codes.items()}
    return in_rows(codes, parts, names)


def in_rows(
    codes: Mapping[str, str], parts: Mapping[str, Sequence[Part]], names: Mapping[str, Names] | None = None
) -> Beside:
    """Files beside each other, by backend.

    Args:
        codes: their text.
        parts: how each is divided.
        names: of lines, see `coloured`.
    """
    lines = {
        backend: list(_coloured_by_parts(code, parts[backend], (names or {}).get(backend, {})))
        for backend, code in codes.items()
    }

    def cell(backend: str, some: Sequence[Part]) -> Cell:
        chosen = [lines[backend][part.first - 1 : part.last] for part in some]
        return Cell(backend, "".join(line for part in chosen for line in _quiet_end(part)))

    rows = [
        (key, [cell(backend, some) for backend, some in zip(codes, cells, strict=True)])
        for key, cells in aligned(list(parts.values()))
    ]
    return Beside({backend: len(each) for backend, each in lines.items()}, rows)


def _coloured_by_parts(code: str, parts: Sequence[Part], names: Names) -> Iterator[str]:
    """The lines of a file, coloured part by part: many files have a part in common, which is then coloured once."""
    lines = code.splitlines(keepends=True)
    for part in parts:
        before = part.first - 1
        own = {line - before: found for line, found in names.items() if part.first <= line <= part.last}
        yield from coloured("".join(lines[before : part.last]), own)


def _quiet_end(lines: list[str]) -> list[str]:
    """The empty lines at the end of a part are there to be copied, and not shown: rows have space between them."""
    empty = '<span class="l i0">\n</span>'
    last = len(lines)
    while last and lines[last - 1] == empty:
        last -= 1
    return [*lines[:last], *(line.replace('"l i0"', '"l i0 z"') for line in lines[last:])]
