"""What a run needs to go on to the last bit: its position, weights and velocities, in three files.

The weights and velocities of a step are two files named after it. ``last.json`` names them, with their sha256, that of
the run's settings and its own, and is replaced when both are whole. Whatever ends the process, and whenever: it names
a whole checkpoint.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.base.openers import check_file
from common.runs import records, sealed
from common.runs.records import OBJECT, TEXT
from common.runs.run import SETTINGS, VERSION, Run
from common.runs.state import State
from common.table.tensors import Weights
from common.weights import canonical, safetensors_file
from common.weights.canonical import digest

LAST = "last.json"
CHECKPOINT = re.compile(r"last-\d{8,}(\.velocities)?\.safetensors")
PARTS = ("weights", "velocities")
RULES = {"weights": TEXT, "velocities": TEXT, "sha256": OBJECT, "settings": TEXT}


def save(run: Run, state: State, weights: Weights, velocities: Mapping[str, np.ndarray]) -> None:
    """Keep where the run stands, in place of what was kept before.

    Args:
        weights: canonical, parameters and moving statistics.
        velocities: canonical name to array; none without momentum.

    Raises:
        InputError: it cannot be written, such as on a full disk; what was kept before is then still there.
    """
    files = _files(run, state)
    try:
        canonical.save(files["weights"], weights, run.table, run.preprocessing)
        safetensors_file.write(files["velocities"], velocities, {})
        sealed.write_sealed(
            run.folder / LAST,
            {
                "format_version": VERSION,
                **{part: path.name for part, path in files.items()},
                "sha256": {"weights": digest(weights), "velocities": digest(velocities)},
                "settings": sealed.checksum(run.settings),
                **state.described(),
            },
        )
    finally:
        _tidy(run.folder)


def _files(run: Run, state: State) -> dict[str, Path]:
    """The files of the weights and of the velocities of a checkpoint."""
    stem = run.folder / f"last-{state.step:08}"
    return {"weights": Path(f"{stem}.safetensors"), "velocities": Path(f"{stem}.velocities.safetensors")}


def _tidy(folder: Path) -> None:
    """Remove the checkpoints that ``last.json`` does not name."""
    path = folder / LAST
    named = sealed.read(path) if os.path.lexists(path) else {}
    for file in folder.iterdir():
        kept = file.name in (named.get("weights"), named.get("velocities"))
        if CHECKPOINT.fullmatch(file.name) and not kept and file.is_file():
            file.unlink(missing_ok=True)


def load(run: Run) -> tuple[State, Weights, dict[str, np.ndarray]] | None:
    """Where the run stands, its weights and velocities; None before the first checkpoint.

    Raises:
        InputError: a file is missing or damaged, of another run, or of another format version.
    """
    path = run.folder / LAST
    if not os.path.lexists(path):
        return None
    state, digests = _position(run, path)
    files = _files(run, state)
    for file in files.values():
        check_file(file)
    weights = canonical.load(files["weights"], run.table)
    _, velocities = safetensors_file.read(files["velocities"])
    for part, tensors in zip(PARTS, (weights, velocities), strict=True):
        for name, array in tensors.items():
            if str(array.dtype) != run.weights_dtype:
                raise InputError(f"{files[part]}: {name!r} is of {array.dtype}, and the run of {run.weights_dtype}")
            if not np.isfinite(array).all():
                raise InputError(f"{files[part]}: {name!r} has values that are not finite")
        if digest(tensors) != digests.get(part):
            raise InputError(f"{files[part]}: not the {part} that {LAST} stands for: it was altered or damaged")
    return state, weights, velocities


def _position(run: Run, path: Path) -> tuple[State, dict[str, Any]]:
    """(where the run stands, the sha256 of its weights and of its velocities), of ``last.json``."""
    last = sealed.read(path)
    version = last.get("format_version")
    if type(version) is not int or version != VERSION:
        raise InputError(f"{path}: of another format version; this reads {VERSION}")
    sealed.check_seal(path, last)
    del last["format_version"]
    about = {name: last.pop(name) for name in RULES if name in last}
    records.check(about, RULES, str(path))
    if about["settings"] != sealed.checksum(run.settings):
        raise InputError(f"{path}: of a run with other settings than {run.folder / SETTINGS}: bring back its own")
    state = State.from_described(last, str(path))
    for part, file in _files(run, state).items():
        if about[part] != file.name:
            raise InputError(f"{path}: names {records.short(about[part])} for its {part}, not {file.name}")
    return state, about["sha256"]
