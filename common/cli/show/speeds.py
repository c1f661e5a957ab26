"""``googlenet bench`` as a picture: images a second of each entrant, with the middle half of the rounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from common.cli.show import figures
from common.cli.show.bench import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTERS, TITLE = 36, 100  # characters of a name, and of the line above
AIR = 1.25  # how much longer than the longest bar an axis is, so that its number has room
ACROSS = 3  # panels beside each other
PALE = 0.45  # the strength of bars that are of another network


@contextmanager
def drawn(report: dict[str, Any]) -> Iterator[Figure]:
    """The figure: a panel for each network and batch, in it a bar for each entrant, in the colour of its provider.

    Raises:
        InputError: Matplotlib is not installed.
    """
    groups = report["groups"]
    across = min(ACROSS, len(groups))
    down = -(-len(groups) // across)
    most = max(len(group["rows"]) for group in groups)
    providers = list(dict.fromkeys(row["provider"] for group in groups for row in group["rows"]))
    colours = {name: figures.COLOURS[i % len(figures.COLOURS)] for i, name in enumerate(providers)}
    with figures.figure(1.5 + 4.3 * across + (across == 1) * 2, 1.3 + down * (0.8 + 0.32 * most)) as figure:
        panels = figure.subplots(down, across, squeeze=False).flat
        for axes, group in zip(panels, groups, strict=False):
            _panel(axes, group, colours)
        for axes in list(figure.axes)[len(groups) :]:
            axes.remove()
        machine = report["conditions"]
        words = "steps of training" if report["task"] == "training" else "inference"
        line = f"{words}, {report['dtype']}, {machine['threads']} threads, {machine['cpu']}"
        figure.suptitle(figures.label(line, TITLE), fontsize=10)
        yield figure


def _panel(axes: Axes, group: dict[str, Any], colours: dict[str, str]) -> None:
    """The bars of one group; who failed has a word in place of a bar."""
    rows = group["rows"]
    for place, row in enumerate(rows):
        speed = row["images_per_s"]
        if speed is None or row["failure"]:
            word = row["failure"]["kind"] if row["failure"] else "not measured"
            axes.text(0, place, f" {word}", va="center", color=figures.RED, fontsize=8)
            continue
        error = [[speed["median"] - speed["q25"]], [speed["q75"] - speed["median"]]]
        strength = 1.0 if row["same_network"] else PALE
        axes.barh(
            place,
            speed["median"],
            xerr=error,
            color=colours[row["provider"]],
            alpha=strength,
            ecolor="black",
            capsize=2,
        )
        axes.text(speed["q75"], place, f"  {digits(speed['median'])}", va="center", fontsize=8)
    names = [row["name"] if row["same_network"] else f"{row['name']} (other net)" for row in rows]
    axes.set_yticks(range(len(rows)), [figures.label(name, LETTERS) for name in names], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    highest = max((row["images_per_s"]["q75"] for row in rows if row["images_per_s"]), default=1.0)
    axes.set_xlim(0, AIR * highest)
    axes.set_xlabel("images/s, and the middle half of the rounds", fontsize=8)
    axes.set_title(figures.label(f"{group['net']}, batch {group['batch']}", LETTERS), loc="left", fontsize=9)
