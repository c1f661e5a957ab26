"""``googlenet fid --explain`` as a picture: how far each variant moves the features and FID."""

from __future__ import annotations

import os
from typing import Any

from common.base.errors import InputError
from common.base.files import check_writable
from common.cli.show import figures

LETTERS = 40  # of the name of a variant
TITLE = 100  # of the line above
AIR = 1.3  # how much longer than the longest bar an axis is, so that its number has room


def check(path: str | os.PathLike, explain: bool) -> None:
    """Require that the picture can be drawn and written, and that there is something to draw.

    Raises:
        InputError: another suffix, a place that cannot be written to, no Matplotlib, or nothing is explained.
    """
    figures.suffix(path)
    if not explain:
        raise InputError(f"{path}: the figure is of what --explain tells: give both")
    check_writable(path)
    figures.matplotlib()


def draw(report: dict[str, Any], path: str | os.PathLike) -> None:
    """Draw two bars for each variant: how far the features of the second set move, and how far FID does.

    Args:
        report: of `common.scores.scoring.fid` with ``explain``.
        path: .png, .svg or .pdf.

    Raises:
        InputError: the picture cannot be written.
    """
    rows = report["variants"]
    places = range(len(rows))
    names = [figures.label(f"{row['name']} ({row['first_difference'] or 'nowhere'})", LETTERS + 20) for row in rows]
    moved = [100 * (row["features_moved"] or 0) for row in rows]
    changes = [row["change"] for row in rows]
    with figures.figure(11, 1.6 + 0.42 * max(len(rows), 1)) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, values, words, colour in (
            (left, moved, "features moved, % of their spread", figures.COLOURS[0]),
            (right, changes, f"change of FID (it is {report['fid']:.4g})", figures.COLOURS[1]),
        ):
            axes.barh(places, values, color=colour)
            for place, value in zip(places, values, strict=True):
                words_of_bar = f" {value:.3g} " if axes is left else f" {value:+#.3g} "
                axes.text(value, place, words_of_bar, va="center", ha="left" if value >= 0 else "right", fontsize=8)
            least, most = min(*values, 0.0), max(*values, 0.0)
            room = (AIR - 1) * ((most - least) or 1)
            axes.set(xlabel=words, xlim=(least - (room if least < 0 else 0), most + room))
            axes.axvline(0, color="black", linewidth=0.8)
        left.set_yticks(places, names, fontsize=8)
        left.invert_yaxis()
        title = " and ".join(os.path.basename(os.path.normpath(row["path"])) for row in report["sets"])
        figure.suptitle(figures.label(title, TITLE), fontsize=10)
        figures.save(figure, path)
