"""``googlenet convert``: what was read, and what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import fit, table

NAMED = 2  # names of a long list that are shown


def conversion(report: dict[str, Any]) -> list[RenderableType]:
    """A line for each thing to know about a conversion.

    Args:
        report: of `common.weights.convert.convert_file`.
    """
    lines = table("", "")
    for name, words in _lines(report):
        lines.add_row(Text(name, style="bold"), Text(words))
    return [lines]


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    heads = f", heads {_some(report['aux'])}" if report["aux"] else ""
    constants = f"; {report['constants']:,} of them constants that the file leaves out" if report["constants"] else ""
    yield "read", f"{fit(report['in'])} ({fit(report['format'])}, {fit(report['source'])})"
    yield (
        "network",
        f"{fit(report['network'])}, {report['in_channels']} channels, {report['num_classes']} classes{heads}",
    )
    yield "tensors", f"{report['tensors']:,} of {report['numbers']:,} numbers, {report['dtype']}{constants}"
    yield "images", fit(report["preprocessing"] or "the file does not say how images are prepared")
    if report["labels"]:
        yield "classes", f"{fit(report['labels'][0])} to {fit(report['labels'][-1])}"
    if report["ignored"]:
        yield "ignored", f"{len(report['ignored'])}: {_some(report['ignored'])}"
    if report["also_fits"]:
        yield "also fits", f"{_some(report['also_fits'])} (--source says which)"
    if report["heads_left_out"]:
        yield "left out", f"{_some(report['heads_left_out'])}: they serve training"
    if report["out"]:
        yield "written", fit(report["out"])


def _some(names: Sequence[str]) -> str:
    """The first names of a list."""
    more = ", ... (--json has all)" if len(names) > NAMED else ""
    return ", ".join(map(fit, names[:NAMED])) + more
