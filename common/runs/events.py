"""Event files of a run for TensorBoard, in its folder ``events``: what its history says, in TensorBoard's own form.

``train``, ``validation`` and ``test`` are runs of TensorBoard, so that it draws them over each other. The history
decides what is in them: a run that goes on writes them anew up to where it stands, so that no point is there twice, or
missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from time import time
from typing import Any

from common.base.errors import InputError

EVENTS = "events"  # the folder
PARTS = ("train", "validation", "test")
FILES = "events.out.tfevents.*"
Point = tuple[str, str, int, float]  # part, tag, step or epoch from 1, value


def require() -> None:
    """Require the library that writes event files, before a run begins.

    Raises:
        InputError: it is not installed; says how to install it.
    """
    if find_spec("tensorboard") is None:
        raise InputError(
            "event files for TensorBoard need its library: pip install 'googlenet[tensorboard]', or leave out "
            "--tensorboard, or remove the run's folder events"
        )


def points(record: Mapping[str, Any]) -> Iterator[Point]:
    """What TensorBoard shows of a record of metrics.jsonl; a value that does not exist has no point.

    >>> list(points({"kind": "step", "step": 7, "lr": 0.1, "loss": 2.5, "accuracy": 0.25}))[0]
    ('train', 'step/loss', 7, 2.5)
    >>> list(points({"kind": "test", "epoch": 1, "loss": 0.5, "accuracy": None}))
    [('test', 'epoch/loss', 2, 0.5)]
    """
    kind = record["kind"]
    if kind == "step":
        names = {"loss": "loss", "accuracy": "accuracy", "learning_rate": "lr"}
        found = [("train", f"step/{tag}", record["step"], record[name]) for tag, name in names.items()]
    else:
        begins = {"train": "", "validation": "validation_"} if kind == "epoch" else {"test": ""}
        found = [
            (part, f"epoch/{tag}", record["epoch"] + 1, record[begin + tag])
            for part, begin in begins.items()
            for tag in ("loss", "accuracy")
        ]
    return (point for point in found if point[-1] is not None)


class Events:
    """The event files of a run, open for adding to.

    Args:
        run: its folder.
        history: the records of metrics.jsonl so far; whatever files there were before are replaced.

    Raises:
        InputError: the library is missing, or the files cannot be written.
    """

    def __init__(self, run: Path, history: Iterable[Mapping[str, Any]]):
        require()
        self.folder = run / EVENTS
        self.files: dict[str, Any] = {}
        try:
            for old in [file for part in PARTS for file in (self.folder / part).glob(FILES)]:
                old.unlink()
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None
        for record in history:
            self.write(record)

    def write(self, record: Mapping[str, Any]) -> None:
        """Add the points of a record, at once: somebody may be watching.

        Raises:
            InputError: they cannot be written, as on a full disk.
        """
        by_place: dict[tuple[str, int], dict[str, float]] = {}
        for part, tag, step, value in points(record):
            by_place.setdefault((part, step), {})[tag] = value
        try:
            for (part, step), values in by_place.items():
                file = self.files.get(part) or self._opened(part)
                file.write(_event(step=step, values=values))
                file.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def _opened(self, part: str) -> Any:
        """TensorBoard's writer of a new file of a part, which has begun."""
        from tensorboard.summary.writer.record_writer import RecordWriter

        (self.folder / part).mkdir(exist_ok=True)
        path = self.folder / part / FILES.replace("*", f"{int(time()):010}.googlenet")
        self.files[part] = RecordWriter(open(path, "wb"))  # noqa: SIM115  (closed by `close`)
        self.files[part].write(_event(file_version="brain.Event:2"))
        return self.files[part]

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(f"{self.folder}: cannot be written: {error.strerror}")

    def close(self) -> None:
        """Close the files."""
        for file in self.files.values():
            file.close()


def _event(values: Mapping[str, float] | None = None, **fields: Any) -> bytes:
    """One of TensorBoard's events, now."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    if values is not None:
        fields["summary"] = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
    return Event(wall_time=time(), **fields).SerializeToString()
