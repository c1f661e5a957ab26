"""How good a trained network is: ``googlenet evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import (
    Backend,
    Bfloat16,
    Compiled,
    Device,
    Fast,
    FileNet,
    Json,
    Preprocess,
    Weights,
    fast_path,
    whole,
)


@app.command(cls=Listed)
def evaluate(
    weights: Weights,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|DIR",
            help="digits, fashion-mnist, cifar10, or a folder or archive of class folders. [default: the run's]",
        ),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(metavar="DIR", help="A folder with the official files. [default: the run's]")
    ] = None,
    split: Annotated[str, typer.Option(metavar="test|validation|train", help="Which of its images.")] = "test",
    backend: Backend = None,
    batch: Annotated[int, whole("Images at a time.", min=1)] = 64,
    net: FileNet = None,
    preprocessing: Preprocess = None,
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where to draw confusion.png and confusion.svg.")
    ] = None,
    fast: Fast = False,
    bfloat16: Bfloat16 = False,
    compiled: Compiled = False,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Count what trained weights say of labelled images: accuracy, by class, top 5, what is taken for what.

    Example: googlenet evaluate runs/digits --backend tf --out runs/digits
    """
    from common.cli.show import confusion
    from common.cli.show.evaluation import evaluation, heading
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.runs import asked

    output = Output(json)
    if out:  # complain before anything takes time
        confusion.check(out)
    counted = asked.evaluate(
        weights,
        data=data,
        data_dir=data_dir,
        split=split,
        backend=backend,
        batch=batch,
        net=net,
        preprocessing=preprocessing,
        fast=fast_path(fast, bfloat16=bfloat16, compiled=compiled),
        watcher=output,
    )
    output.print(evaluation(counted))
    output.json(counted)
    if out:
        classes = [row["name"] for row in counted["classes"]]
        drawn = confusion.draw(counted["confusion"], classes, out, heading(counted))
        output.print(written(drawn))
