"""Where a run stands, kept so that it can go on from there to the last bit.

The weights and velocities of a step are two files named after it; ``last.json`` names them, with their sha256 and its
own, and is replaced when both are whole. Whatever ends the process, and whenever: it names a whole checkpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from common.base.errors import InputError
from common.base.files import replacing
from common.runs.folder import VERSION, Run, read_json, write_json
from common.table.tensors import Weights
from common.weights import canonical
from common.weights.canonical import digest

LAST = "last.json"
OWN = "sha256_of_this"
CHECKPOINT = re.compile(r"last-\d{8,}(\.velocities)?\.safetensors")
UNFINISHED = re.compile(r"\.(last|best)[-.][\w.]*\.[a-z0-9_]{8}")  # as `replacing` calls what it writes


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
    digests = {"sha256": {"weights": digest(weights), "velocities": digest(velocities)}}
    data = {"format_version": VERSION, **names, **digests, **asdict(state)}
    try:
        canonical.save(files["weights"], weights, run.table, run.preprocessing)
        with replacing(files["velocities"]) as temporary:
            try:
                save_file(dict(velocities), temporary)
            except SafetensorError as error:  # such as a full disk
                raise InputError(f"{files['velocities']}: cannot be written: {error}") from None
        write_json(run.folder / LAST, {**data, OWN: _own(data)})
    finally:
        _tidy(run.folder)


def _own(data: Mapping[str, Any]) -> str:
    """The sha256 of what ``last.json`` says, in hexadecimal."""
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _tidy(folder: Path) -> None:
    """Remove what ``last.json`` does not name: older files, and what a process that was killed was writing."""
    path = folder / LAST
    named = read_json(path) if path.exists() else {}
    for file in folder.iterdir():
        ours = CHECKPOINT.fullmatch(file.name) or UNFINISHED.fullmatch(file.name)
        if ours and file.name not in (named.get("weights"), named.get("velocities")) and file.is_file():
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
    own = found.pop(OWN, None)
    if found.get("format_version") != VERSION:
        raise InputError(f"{path}: of another format version; this reads {VERSION}")
    if own != _own(found):
        raise InputError(f"{path}: does not match its own sha256: it was altered or damaged")
    state = State(**{field.name: found[field.name] for field in fields(State)})
    files = {what: run.folder / found[what] for what in ("weights", "velocities")}
    try:
        velocities = load_file(files["velocities"])
    except (OSError, SafetensorError) as error:
        raise InputError(f"{files['velocities']}: cannot be read: {error}") from None
    weights = canonical.load(files["weights"], run.table)
    for what, tensors in (("weights", weights), ("velocities", velocities)):
        if digest(tensors) != found["sha256"][what]:
            raise InputError(f"{files[what]}: not the {what} that {LAST} stands for: it was altered or damaged")
    return state, weights, velocities
