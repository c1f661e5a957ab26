"""Every option of every command with values that it cannot have, found by asking the commands for their options."""

from __future__ import annotations

import random
from collections.abc import Iterator

import typer
from hostile.driver import EITHER, REFUSED, Case
from hostile.samples import Samples

import common.cli  # noqa: F401  (adds the commands)
from common.cli.app import app

# What no number is.
NO_NUMBERS = ("", " ", "one", "1.5.2", "0x10", "1e", "--", "1_0_", "½", "\x1b[31m7", "7\n8", "\ud800", "1" * 5000 + "x")
# Numbers that nothing here can be: beyond 64 bits, beyond any machine, or no finite number.
TOO_LARGE = ("9" * 19, str(2**63), str(2**64), "9" * 400, "-" + "9" * 400, "9" * 5000)
NOT_FINITE = ("nan", "inf", "-inf", "1e999")
BELOW = ("-1", "-9" * 10)
# What no name is.
NO_NAMES = (
    "",
    " ",
    "d2l ",
    "D2L!",
    "../../etc/passwd",
    "[bold red]d2l[/]",
    "\x1b[31md2l",
    "d2l\nd2l",
    "d2l\ud800",
    "\u202ed2l",
    "%s%n",
    "{0}",
    "x" * 100_000,
    "日本語" * 50,
    ",",
    ":",
    "-",
)
NAMES = ("NET", "[NET]", "NAME", "NAME,...")
PATHS = ("PATH", "FILE", "DIR", "FOLDER", "RUN", "IN", "OUT", "IMAGE", "WEIGHTS")
GOOD = {
    "nets": (),
    "summary": ("d2l",),
    "compare": ("d2l", "--image-size", "32", "--backends", "torch", "--batch", "1"),
    "convert": ("weights.safetensors", "out.safetensors"),
    "predict": ("weights.safetensors", "picture.png", "--backend", "torch"),
    "train": ("d2l_bn", "--data", "no such data", "--backend", "torch"),
    "evaluate": ("weights.safetensors", "--data", "no such data", "--backend", "torch"),
    "features": ("weights.safetensors", "picture.png", "--out", "features.npz", "--backend", "torch"),
    "write": ("d2l",),
    "draw": ("d2l",),
    "bench": ("d2l", "--image-size", "32", "--backends", "torch", "--batch", "1", "--rounds", "1"),
    "page": ("vgg11",),
    "fid": ("no such set", "--weights", "weights.safetensors", "--backend", "torch"),
}
WITH_FILES = ("convert", "predict", "evaluate", "features", "fid")  # which take the weights and the picture


def is_path(option) -> bool:
    """Whether the value of an option or argument is a path, by its word in the help."""
    return option.metavar is not None and any(word in option.metavar for word in PATHS)


def parameters(command: str) -> list:
    """The options and arguments of a command."""
    return list(typer.main.get_command(app).commands[command].params)


def values(option) -> list[tuple[str, frozenset[int]]]:
    """Hostile values of an option, and the exit codes that keep the promise."""
    if option.bare_type() in (int, float):
        refused = [*NO_NUMBERS, *(TOO_LARGE if option.bare_type() is int else ()), *NOT_FINITE]
        return [*((value, REFUSED) for value in refused), *((value, EITHER) for value in BELOW)]
    if option.metavar == "N|HxW":
        sizes = ("0", "-1", "x", "32x", "x32", "32x0", "1e3", "32x32x32", "nan", "9" * 400)
        # Arithmetic takes images of any size; what computes has no room for those.
        return [*((value, REFUSED) for value in (*NO_NUMBERS, *sizes)), ("99999999x99999999", EITHER)]
    return [(value, REFUSED) for value in NO_NAMES]


def named(command: str, option, value: str) -> str:
    """What a case is called."""
    return f"{command} {option.name} {value[:20]!r}{'...' if len(value) > 20 else ''}"


def cases(samples: Samples, seed: int, count: int) -> Iterator[Case]:
    """So many of all that could be, chosen at random; every command takes part."""
    assert set(GOOD) == set(typer.main.get_command(app).commands)
    every = [
        (command, option, value, codes)
        for command, good in GOOD.items()
        for option in parameters(command)
        if option.opts[0].startswith("--") and not option.is_flag and not is_path(option)
        for value, codes in values(option)
    ]
    rng = random.Random(seed)
    for command, option, value, codes in rng.sample(every, min(count, len(every))):
        given = tuple(name for name in ("weights", "picture") if command in WITH_FILES)
        yield Case(
            name=named(command, option, value),
            arguments=(command, *GOOD[command], f"{option.opts[0]}={value}"),
            prepare=lambda folder, given=given: samples.give(folder, *given),
            codes=codes,
            outputs=("out.safetensors", "features.npz"),
        )
