"""``googlenet bench --layers`` as a picture: where the time goes, and how near each layer is to the best possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from common.bench.rows import heading
from common.cli.show import figures
from common.cli.show.bench import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = 100  # characters of the line above
GREY = "#9E9E9E"
KINDS = ("convolution", "normalisation", "activation", "pooling", "padding", "joining")  # each in a colour of its own


@contextmanager
def drawn(report: dict[str, Any]) -> Iterator[Figure]:
    """The figure: for each network the milliseconds of each framework by kind, and beside them the roofline.

    The roofline (Williams et al. 2009) has a dot for each convolution and dense layer: what it computes in a second
    beside what it computes for each byte. Above the line are convolutions that need fewer multiplications than the
    table counts, and whose maps stay in a cache.

    Raises:
        InputError: Matplotlib is not installed.
    """
    groups = report["groups"]
    with figures.figure(11, 1 + 3.6 * len(groups)) as figure:
        panels = figure.subplots(len(groups), 2, squeeze=False)
        for (left, right), group in zip(panels, groups, strict=True):
            _bars(left, group)
            _roof(right, group)
        machine = report["conditions"]
        line = f"where the time goes, {report['dtype']}, {machine['threads']} threads, {machine['cpu']}"
        figure.suptitle(figures.label(line, TITLE), fontsize=10)
        yield figure


def _bars(axes: Axes, group: dict[str, Any]) -> None:
    """A bar for each framework, of its layers by kind, and a line where its fast path ends."""
    fast = {row["provider"]: row for row in group["rows"] if row["way"] == "fast" and row["latency_s"]}
    seen = set()
    for place, told in enumerate(group["layers"]):
        begin = 0.0
        for kind in told["kinds"]:
            known = kind["kind"] in KINDS
            name = kind["kind"] if known else "others"
            colour = figures.COLOURS[KINDS.index(name)] if known else GREY
            words = None if name in seen else name
            axes.barh(place, 1000 * kind["seconds"], left=begin, color=colour, label=words)
            begin += 1000 * kind["seconds"]
            seen.add(name)
        if row := fast.get(told["provider"]):
            words = None if "fast path" in seen else "fast path"
            axes.plot([1000 * row["latency_s"]["p50"]] * 2, [place - 0.45, place + 0.45], color="black", label=words)
            seen.add("fast path")
    axes.set_yticks(range(len(group["layers"])), [figures.label(told["provider"], 36) for told in group["layers"]])
    axes.set_ylim(len(group["layers"]) - 0.5, -0.5)
    axes.set_xlabel("milliseconds of a call, by kind of layer", fontsize=8)
    words = heading(group["net"], group["input_shape"], group["batch"], False)
    axes.set_title(figures.label(words, 60), loc="left", fontsize=9)
    if seen:
        axes.legend(fontsize=7, loc="lower right")


def _roof(axes: Axes, group: dict[str, Any]) -> None:
    """A dot for each layer that multiplies, below what the machine can do."""
    machine, dots = group["machine"], []
    for number, told in enumerate(group["layers"]):
        chosen = [part for part in told["parts"] if part["macs"] and part["seconds"] > 0]
        x, y = [part["intensity"] for part in chosen], [2e-9 * part["macs"] / part["seconds"] for part in chosen]
        colour = figures.COLOURS[number % len(figures.COLOURS)]
        axes.scatter(x, y, s=12, color=colour, label=figures.label(told["provider"], 36), alpha=0.7)
        dots += x
    if dots and machine["rate"] and machine["bytes_per_s"]:
        balance = machine["rate"] / machine["bytes_per_s"]
        ends = [min([*dots, balance]) / 2, balance, max([*dots, balance]) * 2]
        axes.plot(ends, [1e-9 * min(machine["rate"], at * machine["bytes_per_s"]) for at in ends], color="black")
        axes.text(ends[2], 1e-9 * machine["rate"], f"{digits(machine['rate'] / 1e9)} GFLOP/s ", ha="right", va="bottom")
        axes.text(ends[0], 1e-9 * ends[0] * machine["bytes_per_s"], f"{digits(machine['bytes_per_s'] / 1e9)} GB/s ")
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")  # powers are typeset, and text here is not
    axes.set_xlabel("floating-point operations a byte that goes to memory or comes from it", fontsize=8)
    axes.set_ylabel("GFLOP/s", fontsize=8)
    if dots:
        axes.legend(fontsize=7, loc="lower right")
