"""Where a run stands, kept so that it can go on from there to the last bit.

The weights and velocities of a step are two files named after it; ``last.json`` names them, and is replaced when both
are whole. Whatever ends the process, and whenever: ``last.json`` names a whole checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from common import weights as canonical
from common.errors import InputError
from common.files import replacing
from common.run_folder import VERSION, Run, read_json, write_json
from common.weights import Weights

LAST = "last.json"


@dataclass
class State:
    """Where a run stands. What is random follows from the seed and these numbers.

    Attributes:
        step: steps done, over all epochs.
        epoch, batch: the epoch that the next step belongs to, and its steps done.
        images, correct: images seen in this epoch, and right answers among them.
        loss: sum of their losses.
        losses: validation loss after each whole epoch, if there are validation images.
        best: what is known of the best epoch so far.
        metrics: bytes of metrics.jsonl that belong to these steps.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    images: int = 0
    correct: int = 0
    loss: float = 0.0
    losses: list[float] = field(default_factory=list)
    best: dict[str, Any] | None = None
    metrics: int = 0

    def add(self, images: int, correct: int, loss: float) -> None:
        """Count a step on so many images, with their mean loss."""
        self.step, self.batch = self.step + 1, self.batch + 1
        self.images, self.correct = self.images + images, self.correct + correct
        self.loss += loss * images

    def end_epoch(self, validation_loss: float | None) -> None:
        """Stand before the next epoch."""
        if validation_loss is not None:
            self.losses.append(validation_loss)
        self.epoch, self.batch, self.images, self.correct, self.loss = self.epoch + 1, 0, 0, 0, 0.0


def save(run: Run, state: State, weights: Weights, velocities: Mapping[str, np.ndarray]) -> None:
    """Keep where the run stands, in place of what was kept before.

    Raises:
        InputError: it cannot be written, such as on a full disk; what was kept before is then still there.
    """
    stem = run.folder / f"last-{state.step:08}"
    files = {"weights": Path(f"{stem}.safetensors"), "velocities": Path(f"{stem}.velocities.safetensors")}
    names = {what: file.name for what, file in files.items()}
    try:
        canonical.save(files["weights"], weights, run.network, run.preprocessing)
        with replacing(files["velocities"]) as temporary:
            try:
                save_file(dict(velocities), temporary, {"step": str(state.step)})
            except SafetensorError as error:  # such as a full disk
                raise InputError(f"{files['velocities']}: cannot be written: {error}") from None
        write_json(run.folder / LAST, {"format_version": VERSION, **names, **asdict(state)})
    finally:
        _tidy(run.folder)


def _tidy(folder: Path) -> None:
    """Remove what ``last.json`` does not name: older files, and what a process that was killed was writing."""
    path = folder / LAST
    named = read_json(path).values() if path.exists() else ()
    for file in (file for pattern in ("last-*", ".last*", ".best*") for file in folder.glob(pattern)):
        if file.name not in named:
            file.unlink(missing_ok=True)


def load(run: Run) -> tuple[State, Weights, dict[str, np.ndarray]] | None:
    """Where the run stands, its weights and velocities; None before the first checkpoint.

    Raises:
        InputError: a file is missing or damaged, or of another format version.
    """
    path = run.folder / LAST
    if not path.exists():
        return None
    found = read_json(path)
    if found.pop("format_version", None) != VERSION:
        raise InputError(f"{path}: of another format version; this reads {VERSION}")
    try:
        files = {what: run.folder / Path(found.pop(what)).name for what in ("weights", "velocities")}
        if set(found) != {field.name for field in fields(State)}:
            raise TypeError(f"it tells {', '.join(found)}")
        state = State(**found)
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged: {error}") from None
    try:
        velocities = load_file(files["velocities"])
    except (OSError, SafetensorError) as error:
        raise InputError(f"{files['velocities']}: cannot be read: {error}") from None
    return state, canonical.load(files["weights"], run.network), velocities
