"""What a run says of some pictures: ``predictions.json`` in its folder, of ``googlenet predict --json``."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from common.base import strict_json
from common.base.errors import InputError
from common.base.printable import as_line
from common.data.images import open_image
from common.runs.records import BOOL, NUMBER, OBJECT, TEXT, Rule, check, list_of, optional

FILE = "predictions.json"
MOST = 8  # pictures of a run
SIDE = 112  # pixels of the longer side of a picture as it is shown
MOST_BYTES = 16 << 20
SHARE = Rule("a number from 0 to 1", lambda value: NUMBER.holds(value) and 0 <= value <= 1)
IMAGE = {"path": TEXT, "top": list_of(OBJECT)}
TRUTH = {"truth": optional(TEXT), "right": BOOL}
CLASS = {"label": optional(TEXT), "probability": SHARE}


@dataclass(frozen=True)
class Sample:
    """One picture, and what was said of it.

    Attributes:
        name: of its file, printable.
        said: the most probable class, printable.
        probability: of that class.
        truth: the true class where it is known, or None.
        right: whether that is what was said; None where it is not known.
        picture: a small JPEG as an address of its own; None where the picture is not there any more.
    """

    name: str
    said: str
    probability: float
    truth: str | None
    right: bool | None
    picture: str | None


def samples(folder: Path) -> list[Sample]:
    """The first pictures that the predictions in the folder of a run are about; none where there are no predictions.

    Pictures are looked for where ``googlenet predict`` was told that they are.

    Raises:
        InputError: a file that is none.
    """
    file = folder / FILE
    if not file.exists():
        return []
    report = strict_json.read(file, MOST_BYTES, "prediction")
    if not isinstance(report, dict) or not isinstance(report.get("images"), list):
        raise InputError(f"{file}: no report of googlenet predict --json")
    return [_sample(image, str(file)) for image in report["images"][:MOST]]


def _sample(image: Any, where: str) -> Sample:
    check(image if isinstance(image, dict) else {}, IMAGE, where, exactly=False)
    if not image["top"]:
        raise InputError(f"{where}: nothing is said of {as_line(image['path'])!r}: predict again")
    for each in image["top"]:
        check(each, CLASS, where, exactly=False)
    first: Mapping[str, Any] = image["top"][0]
    label, truth = first["label"], image.get("truth")
    if "truth" in image:
        check(image, TRUTH, where, exactly=False)
    if any(each["probability"] > first["probability"] for each in image["top"]) or (
        "truth" in image and image["right"] != (label == truth)
    ):
        raise InputError(f"{where}: what it says of {as_line(image['path'])!r} is not in itself: predict again")
    return Sample(
        name=as_line(Path(image["path"]).name),
        said=as_line(str(first.get("index", "–")) if label is None else label),
        probability=first["probability"],
        truth=None if truth is None else as_line(truth),
        right=image.get("right"),
        picture=_picture(image["path"]),
    )


def _picture(path: str) -> str | None:
    """A picture made small; None of one that cannot be read, such as an address of the web."""
    try:
        small = open_image(Path(path))
    except (InputError, ValueError):
        return None
    small.thumbnail((SIDE, SIDE))
    data = BytesIO()
    small.save(data, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
