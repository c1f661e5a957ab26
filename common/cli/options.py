"""Options that several commands have, and the numbers that any of them takes."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from common.base.errors import InputError
from common.cli import complete

MOST = (1 << 31) - 1  # of whatever is counted: frameworks index by 32 bits, and sums of products stay exact
LARGEST_SEED = (1 << 63) - 1


def whole(text: str, *, min: int | None = None, max: int = MOST) -> Any:
    """An option that takes a whole number of a bounded size.

    Args:
        text: its help.
        min: the smallest that it takes; None leaves that to those who know what the number is for.
        max: the largest.
    """
    return typer.Option(min=min, max=max, help=text)


def _on_device(context: typer.Context, name: str) -> str:
    """Until the command ends, nets that it builds go to the device of that name."""
    from common.contract.devices import using

    context.with_resource(using(name))
    return name


Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Write all of it as JSON.")]
TABLES = "A table: one that `googlenet nets` lists, or your own, such as mytable.py:NET."
Net = Annotated[str, typer.Argument(metavar="NET", autocompletion=complete.nets, help=TABLES)]
Size = Annotated[
    str | None,
    typer.Option(metavar="N|HxW", help="Size of the images in pixels. [default: the network's own]"),
]
Channels = Annotated[int | None, whole("Channels of the images. [default: the network's own]")]
Classes = Annotated[int | None, whole("Number of classes. [default: the network's own]")]
Device = Annotated[
    str,
    typer.Option(
        "--device", metavar="NAME", help="Where to compute: cpu, cuda, cuda:1, mps, auto.", callback=_on_device
    ),
]
Fast = Annotated[
    bool, typer.Option("--fast", help="Compute by the framework's fastest path: compiled, which takes some seconds.")
]
Bfloat16 = Annotated[
    bool,
    typer.Option("--bfloat16", help="Take the fast path in bfloat16, which is less exact; for weights in float32."),
]
Compiled = Annotated[
    bool,
    typer.Option(
        "--compiled", help="Take the fast path compiled into machine code: PyTorch's, which takes a minute or so."
    ),
]
Preprocess = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="That of a source, fid, pytorch-fid, clean-fid or plain. [default: what comes with the weights]",
    ),
]
Weights = Annotated[
    str, typer.Argument(metavar="RUN|WEIGHTS", help="The folder of a run, or a file that `convert` reads.")
]
Images = Annotated[
    list[str], typer.Argument(metavar="IMAGE...", help="Image files, folders of them, and http(s) addresses.")
]
FileNet = Annotated[
    str | None,
    typer.Option(metavar="NET", autocompletion=complete.nets, help="The table, where the file does not tell."),
]
Backend = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=complete.backends,
        help="{backends|or}. [default: the run's, or the first installed]",
    ),
]
Computing = Annotated[
    str | None, typer.Option(metavar="float32|float64", help="What to compute in. [default: the weights' own]")
]


def fast_path(fast: bool, *, bfloat16: bool, compiled: bool) -> bool | str:
    """Which fast path is asked for, in the words of Python's functions; False is none.

    Raises:
        InputError: two of them.

    >>> fast_path(True, bfloat16=False, compiled=True)
    'compiled'
    """
    if bfloat16 and compiled:
        raise InputError("--bfloat16 and --compiled are two fast paths: choose one of them")
    return "bfloat16" if bfloat16 else "compiled" if compiled else fast


def parse_size(text: str | None) -> tuple[int, int] | None:
    """(height, width) in pixels from ``96`` or ``96x128``; None from None.

    Raises:
        InputError: other text, 0, or numbers that no image has.

    >>> parse_size("96"), parse_size("96x128")
    ((96, 96), (96, 128))
    """
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,10})(?:[xX]([0-9]{1,10}))?", text.strip())
    numbers = [int(part) for part in match.groups() if part is not None] if match else []
    if not numbers or not all(0 < number <= MOST for number in numbers):
        raise InputError(f"image size {text!r}: give one number or two, such as 96 or 96x128, of at most {MOST}")
    return numbers[0], numbers[-1]
