"""What the best weights of a run confuse: ``evaluation.json`` in its folder, of ``googlenet evaluate --json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from common.base import strict_json
from common.base.errors import InputError
from common.base.printable import as_line
from common.runs.records import COUNT, OBJECT, TEXT, check, list_of

FILE = "evaluation.json"
MOST = 20  # classes of a table that is shown
MOST_BYTES = 16 << 20
RULES = {
    **{"split": TEXT, "images": COUNT, "correct": COUNT},
    **{"classes": list_of(OBJECT), "confusion": list_of(list_of(COUNT))},
}


@dataclass(frozen=True)
class Confusion:
    """How many images of each class were taken for which.

    Attributes:
        split: which images they are.
        images, correct: all, and those whose most probable class is the true one.
        classes: names, printable.
        rows: counts and their shares of the row; a row is a true class. None where there are too many classes to show.
    """

    split: str
    images: int
    correct: int
    classes: list[str]
    rows: list[list[tuple[int, float]]] | None


def confusion(folder: Path) -> Confusion | None:
    """The confusion that lies in the folder of a run; None where nobody has evaluated it into there.

    Raises:
        InputError: a file that is none, or whose counts do not belong together.
    """
    file = folder / FILE
    if not file.exists():
        return None
    report = strict_json.read(file, MOST_BYTES, "evaluation")
    if not isinstance(report, dict):
        raise InputError(f"{file}: no report of googlenet evaluate --json")
    check(report, RULES, str(file), exactly=False)
    for each in report["classes"]:
        check(each, {"name": TEXT}, str(file), exactly=False)
    counts, size = report["confusion"], len(report["classes"])
    square = len(counts) == size and all(len(row) == size for row in counts)
    if not square or sum(map(sum, counts)) != report["images"]:
        raise InputError(f"{file}: its confusion is not of its classes and images: evaluate again")
    if sum(counts[place][place] for place in range(size)) != report["correct"]:
        raise InputError(f"{file}: its confusion has another number of right answers: evaluate again")
    shares = [[(count, round(count / (sum(row) or 1), 4)) for count in row] for row in counts]
    names = [as_line(each["name"]) for each in report["classes"]]
    return Confusion(
        as_line(report["split"]), report["images"], report["correct"], names, shares if size <= MOST else None
    )
