"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from common.base.errors import InputError

Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Write all of it as JSON.")]
Net = Annotated[str, typer.Argument(metavar="NET", help="A table; `googlenet nets` lists them.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="N|HxW", help="Size of the images in pixels. [default: the network's own]"),
]
Channels = Annotated[int | None, typer.Option(help="Channels of the images. [default: the network's own]")]
Classes = Annotated[int | None, typer.Option(help="Number of classes. [default: the network's own]")]


Preprocess = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="That of a source, or plain. [default: what comes with the weights]"),
]


def parse_size(text: str | None) -> tuple[int, int] | None:
    """(height, width) from ``96`` or ``96x128``."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.lower().split("x")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or min(numbers) < 1:
        raise InputError(f"image size {text!r}: give one number or two, such as 96 or 96x128")
    return numbers[0], numbers[-1]
