"""Runs whose files were edited: every value of run.json and last.json, and every file in their folder."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hostile.driver import EITHER, Case
from hostile.mutation import mutated
from hostile.samples import Samples

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x" * 10_000,
    "[bold]x[/]",
    "\x1b[2J",
    [],
    {},
    [[[]]],
    "../../x",
    "/dev/zero",
    9000,
    0.5,
)
COMMANDS = (
    ("evaluate", "run", "--data", "classes", "--backend", "torch"),
    ("predict", "run", "picture.png", "--backend", "torch"),
    ("train", "--resume", "run"),
)


def places(value: Any, way: tuple = ()) -> Iterator[tuple]:
    """The ways to every value in a JSON document."""
    if way:
        yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*way, key))


def edited(document: Any, way: tuple, value: Any) -> Any:
    """A copy of a document with another value in one place."""
    copy = json.loads(json.dumps(document))
    inside = copy
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    return copy


def replaced(path: Path, data: bytes) -> None:
    """A new file in place of the one there, which other folders link to."""
    path.unlink()
    path.write_bytes(data)


def cases(samples: Samples, seed: int, count: int) -> Iterator[Case]:
    """Edits of one value each, and changes of bytes of each file, in turn."""
    rng = random.Random(seed)
    files = sorted(path.name for path in samples.run.iterdir() if path.is_file())
    documents = [name for name in files if name.endswith(".json")]
    for i in range(count):
        command = COMMANDS[i % len(COMMANDS)]
        if i % 4 < 3:
            name = rng.choice(documents)
            document = json.loads((samples.run / name).read_text())
            way, value = rng.choice(list(places(document))), rng.choice(VALUES)
            how, data = f"{'.'.join(map(str, way))}={value!r:.20}", json.dumps(edited(document, way, value)).encode()
        else:
            name = rng.choice(files)
            how, data = mutated((samples.run / name).read_bytes(), rng)

        def prepare(folder: Path, name: str = name, data: bytes = data) -> None:
            samples.give(folder, "run", "classes", "picture")
            replaced(folder / "run" / name, data)

        yield Case(f"{command[0]} {name} {how} {i}", command, prepare, EITHER, outputs=("run/",))
