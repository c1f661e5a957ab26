"""How fast networks are: ``googlenet bench``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli import complete
from common.cli.app import app
from common.cli.arguments import counts
from common.cli.listed import Listed
from common.cli.options import TABLES, Channels, Classes, Json, Size, parse_size, whole


@app.command(cls=Listed)
def bench(
    nets: Annotated[
        list[str] | None,
        typer.Argument(metavar="NET", autocompletion=complete.nets, help=f"{TABLES} [default: d2l]"),
    ] = None,
    backends: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", autocompletion=complete.backends, help="{backends}. [default: those installed]"
        ),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="N,...", help="Images a call. [default: 1,8,32; --train 64; --layers 8]"),
    ] = None,
    image_size: Size = None,
    dtype: Annotated[
        str,
        typer.Option(
            metavar="float32|float64|bfloat16", help="What to compute in; bfloat16 is measured beside float32."
        ),
    ] = "float32",
    train: Annotated[
        bool, typer.Option("--train", help="Measure steps of training, beside a loop of the framework's own.")
    ] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="Measure where the time of a pass goes: by kind of layer, and by stage.")
    ] = False,
    scale: Annotated[
        bool,
        typer.Option("--scale", help="How the cost grows: with batch, size of image and threads; and memory."),
    ] = False,
    budget: Annotated[int, whole("Seconds after which --scale begins no more.", min=1)] = 600,
    others: Annotated[
        bool,
        typer.Option("--others/--no-others", help="Also ONNX Runtime and the like, and published networks of others."),
    ] = True,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compiled", help="Also PyTorch's fast path compiled into machine code; a minute or so for each."
        ),
    ] = False,
    rounds: Annotated[
        int | None, whole("Turns of each process that count. [default: 10; --scale 3]", min=1, max=10_000)
    ] = None,
    threads: Annotated[int | None, whole("Of each process. [default: one for each processor]", min=1)] = None,
    timeout: Annotated[int, whole("Seconds that a process may be silent before it is given up.", min=1)] = 300,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Draw what was measured: .png, .svg or .pdf.")] = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    json: Json = None,
) -> None:
    """Measure how fast networks are, each framework in a process of its own, in turns that share what the machine does.

    \b
    Example: googlenet bench d2l --batch 32 --out speeds.png
             googlenet bench d2l --backends torch --compiled
             googlenet bench d2l --train
             googlenet bench d2l --layers --out roofline.svg
             googlenet bench d2l --scale --out scale.svg
    """
    from common.cli.measured import measured, tasks
    from common.cli.show.output import Output

    task = tasks(layers=layers, scale=scale, train=train)
    output = Output(json)
    report = measured(
        task,
        out,
        output,
        nets=nets or ["d2l"],
        backends=backends.split(",") if backends is not None else None,
        batch=counts("--batch", batch),
        image_size=parse_size(image_size),
        dtype=dtype,
        rounds=rounds,
        threads=threads,
        others=others,
        compiled=compiled,
        in_channels=in_channels,
        num_classes=num_classes,
        limit=timeout,
        budget=budget,
    )
    output.json(report)
    if not report["ok"]:
        raise typer.Exit(1)
