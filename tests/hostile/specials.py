"""What is no regular file, wherever a command takes a path: found by asking the commands for their options."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile.driver import EITHER, REFUSED, Case
from hostile.options import GOOD, is_path, parameters
from hostile.samples import Samples

NOTHING = "nothing here"


def fifo(path: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(path)


def endless(path: Path) -> None:
    """A link to zeros without end."""
    path.symlink_to("/dev/zero")


def sink(path: Path) -> None:
    """A link to a device that swallows all."""
    path.symlink_to("/dev/full")


def bound(path: Path) -> None:
    """A socket."""
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def empty_folder(path: Path) -> None:
    """A folder with nothing in it."""
    path.mkdir()


def empty(path: Path) -> None:
    """A file with nothing in it."""
    path.touch()


def loop(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to(NOTHING)


def deep(path: Path) -> None:
    """A folder 1,200 deep: deeper than a path may be long."""
    here = os.open(".", os.O_RDONLY)
    try:
        path.mkdir()
        os.chdir(path)
        for _ in range(1_200):
            os.mkdir("deeper")
            os.chdir("deeper")
    finally:
        os.fchdir(here)
        os.close(here)


def woven(path: Path) -> None:
    """Folders of which each links twice to the next: 2^40 ways through them."""
    path.mkdir()
    for i in range(40):
        (path / f"{i}").mkdir()
    for i in range(39):
        for name in "ab":
            (path / f"{i}" / name).symlink_to(f"../{i + 1}")


def missing(path: Path) -> None:
    """Nothing."""


KINDS: dict[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (fifo, endless, sink, bound, empty_folder, empty, loop, dangling, deep, woven, missing)
}
# Words that are no path that could be.
NO_PATHS = ("", "a" * 300, "a/" * 3000, "x\x1b[2Jx", "x\ny", "x\ud800", "/proc/self/mem", "/", ".", "\u202egnp.x")


def writes(option) -> bool:
    """Whether a command writes to the path of an option rather than reads it."""
    return option.name in ("json", "out", "sheet", "target_path")


def arguments(command: str, option, path: str) -> tuple[str, ...]:
    """A good command with the path of one option or argument in its place."""
    if option.opts[0].startswith("--"):
        return (command, *GOOD[command], f"{option.opts[0]}={path}")
    at = {"source_path": 0, "target_path": 1, "weights": 0, "images": 1}[option.name]
    good = list(GOOD[command])
    good[at] = path
    return (command, *good)


def cases(samples: Samples, seed: int, count: int) -> Iterator[Case]:
    """So many of all that could be, chosen at random; each kind of thing and each option comes up."""
    rng = random.Random(seed)
    options = [(command, option) for command in GOOD for option in parameters(command) if is_path(option)]
    every = [(command, option, kind) for command, option in options for kind in (*KINDS, *NO_PATHS)]
    for command, option, kind in rng.sample(every, min(count, len(every))):
        path = "here" if kind in KINDS else kind

        def prepare(folder: Path, kind: str = kind) -> None:
            samples.give(folder, "weights", "picture")
            if kind in KINDS:
                KINDS[kind](folder / "here")

        yield Case(
            name=f"{command} {option.name} {kind[:20]!r}",
            arguments=arguments(command, option, path),
            prepare=prepare,
            codes=EITHER if writes(option) else REFUSED,
            outputs=tuple({"here", path, "out.safetensors", f"{path}.safetensors", NOTHING}),
            late=writes(option) and kind in ("fifo", "sink"),
        )
