"""``googlenet nets`` and ``googlenet summary``: what the tables say by arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import Plain, shape, table, title

CROSS = Text("✗", style="bold red")


def nets(tables: list[dict[str, Any]]) -> list[RenderableType]:
    """The list of the tables. Below it: the source of each, its smallest image, and where it departs from the source.

    Args:
        tables: of `common.table.overview.describe`, one for each table.
    """
    sizes = table("name", ">parameters", ">MACs", ">depth", "input", "?padding", "?>smallest", "?>of heads")
    notes: list[Text] = []
    for net in tables:
        sizes.add_row(
            net["name"],
            f"{net['params']:,}",
            f"{net['macs']:,}",
            str(net["depth"]),
            shape(net["input"]),
            net["convention"],
            f"{_side(net['smallest_input'])} px",
            f"{net['params_of_heads']:,}" if net["params_of_heads"] else "",
        )
        notes += [Text(""), title(f"{net['name']}: {net['title']}"), Text(f"  source: {net['source']}")]
        if net["smallest_input_reason"]:
            notes.append(
                Text(f"  smallest image {_side(net['smallest_input'])} px; less: {net['smallest_input_reason']}")
            )
        notes += [Text(f"  - {sentence}") for sentence in net["departures"]]
    return [sizes, *notes]


def summary(report: dict[str, Any]) -> list[RenderableType]:
    """Every layer, the sums, the sizes of image, and the paper's own table where there is one.

    Args:
        report: of `common.table.overview.summary`.
    """
    parts: list[RenderableType] = [_layers(report["layers"]), Text(""), *(Text(line) for line in _sums(report))]
    if report["published"]:
        words = "beside the paper's table (weights without biases, K = 1024; ✗: off by more than its last digit)"
        parts += [Text(""), title(words), _published(report["published"])]
    return parts


def _layers(rows: list[dict[str, Any]]) -> Plain:
    layers = table("layer", "kind", "output", ">parameters", "?>statistics", ">MACs", "?>receptive field", "?>depth")
    for row in rows:
        counts = (f"{row[name]:,}" if row[name] else "" for name in ("params", "statistics", "macs"))
        layers.add_row(
            "  " * row["name"].count(".") + row["name"],
            row["kind"],
            shape(row["output"]),
            *counts,
            _field(row["receptive_field"]),
            str(row["depth"]),
            style="" if row["leaf"] else "bold",
        )
    return layers


def _field(field: list[int] | None) -> str:
    """A receptive field: its side in pixels, or height x width, or ``all`` of the image.

    >>> _field([7, 7]), _field([7, 1]), _field(None)
    ('7', '7x1', 'all')
    """
    if field is None:
        return "all"
    return str(field[0]) if field[0] == field[1] else shape(field)


def _sums(report: dict[str, Any]) -> Iterator[str]:
    """The lines below the layers."""
    total, heads = report["total"], report["params_of_heads"]
    yield f"{report['name']}: {report['title']} at {shape(report['input_shape'])}, {report['num_classes']} classes"
    yield (
        f"{total['params']:,} parameters, {total['statistics']:,} moving statistics, {total['macs']:,} MACs, "
        f"depth {report['depth']}" + (f"; in its heads {heads:,} parameters more" if heads else "")
    )
    yield _sizes(report)
    if report["heads_left_out"]:
        yield f"left out at this size: {', '.join(report['heads_left_out'])}"


def _sizes(report: dict[str, Any]) -> str:
    """The sizes of image that a network takes, without its heads and with them."""
    smallest, largest = report["smallest_input"], report["largest_input"]
    low, high = report["training_input"]
    words = f"smallest image {_side(smallest)} px"
    if report["smallest_input_reason"]:
        words += f" (one pixel less: {report['smallest_input_reason']})"
    if largest:
        words += f", largest {_side(largest)} px"
    if report["params_of_heads"] and high:
        words += f"; with its heads {_side(low)} to {_side(high)} px"
    elif report["params_of_heads"] and low != smallest:
        words += f"; with its heads {_side(low)} px"
    return words


def _side(size: int | list[int]) -> str:
    """A size of image: the side of a square, or height x width.

    >>> _side(32), _side([24, 40])
    ('32', '24x40')
    """
    return str(size) if isinstance(size, int) else shape(size)


def _published(rows: list[dict[str, Any]]) -> Plain:
    printed = table("layers", ">parameters", ">printed", "", ">MACs", ">printed", "")
    for row in rows:
        printed.add_row(
            ", ".join(row["layers"]),
            f"{row['params']:.1f}K",
            row["params_printed"],
            "" if row["params_agree"] else CROSS,
            f"{row['macs']:.1f}M",
            row["macs_printed"],
            "" if row["macs_agree"] else CROSS,
        )
    return printed
