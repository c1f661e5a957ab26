"""The main job: ``googlenet compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli import complete
from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import LARGEST_SEED, TABLES, Channels, Classes, Device, Json, Size, parse_size, whole


@app.command(cls=Listed)
def compare(
    net: Annotated[
        str | None,
        typer.Argument(
            metavar="[NET]", autocompletion=complete.nets, help=f"{TABLES} [default: d2l, or that of WEIGHTS]"
        ),
    ] = None,
    image_size: Size = None,
    dtype: Annotated[str, typer.Option(metavar="float64|float32", help="What to compute in.")] = "float64",
    backends: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", autocompletion=complete.backends, help="{backends}. [default: those installed]"
        ),
    ] = None,
    images: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH...", help="Images, folders of them, digits or photos. [default: random ones]"),
    ] = None,
    batch: Annotated[
        int | None,
        whole("How many random images; with --steps, images a step. [default: 2, or the recipe's]", min=1),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Weights of this table. [default: drawn so that nothing hides]"),
    ] = None,
    training: Annotated[bool, typer.Option("--training", help="Training mode: batch statistics, heads.")] = False,
    gradients: Annotated[bool, typer.Option("--gradients", help="Compare all gradients too.")] = False,
    steps: Annotated[
        int | None, whole("Train so many steps and compare after each; includes --training.", min=1)
    ] = None,
    workers: Annotated[
        int | None, whole("With --steps: so many processes of each backend make the same steps together.", min=2)
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete.recipes,
            help="What --steps follows, dropout aside. [default: parity]",
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(metavar="NAME,...|all-but-fc", help="Stages, blocks and layers that --steps leaves as they are."),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(metavar="sgd|adam|adamw", help="What --steps moves the weights by. [default: the recipe's]"),
    ] = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    seed: Annotated[int, whole("Of weights, random images and labels.", min=0, max=LARGEST_SEED)] = 0,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Build a table in every backend with one set of weights, and measure each against NumPy.

    \b
    Example: googlenet compare d2l --image-size 96 --gradients
             googlenet compare d2l_bn --steps 20
             googlenet compare d2l_bn --steps 5 --workers 2
    """
    from common.cli.show.comparison import comparison
    from common.cli.show.output import Output
    from common.cli.show.steps import training as training_steps
    from common.compare import asked

    out = Output(json)
    found = asked.compare(
        net,
        image_size=parse_size(image_size),
        dtype=dtype,
        backends=backends.split(",") if backends else None,
        images=images or None,
        batch=batch,
        weights=weights or None,
        training=training,
        gradients=gradients,
        steps=steps,
        workers=workers,
        recipe=recipe,
        freeze=freeze,
        optimizer=optimizer,
        in_channels=in_channels,
        num_classes=num_classes,
        seed=seed,
        watcher=out,
        forking=True,
    )
    out.print(training_steps(found) if steps else comparison(found))
    out.json(found)
    if not found["agree"]:
        raise typer.Exit(1)
