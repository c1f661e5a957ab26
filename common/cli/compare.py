"""The main job: ``googlenet compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import LARGEST_SEED, Channels, Classes, Device, Json, Size, parse_size, whole

if TYPE_CHECKING:
    from common.contract.recipe import Recipe


@app.command(cls=Listed)
def compare(
    net: Annotated[
        str | None,
        typer.Argument(
            metavar="[NET]", help="A table; `googlenet nets` lists them. [default: d2l, or that of WEIGHTS]"
        ),
    ] = None,
    image_size: Size = None,
    dtype: Annotated[str, typer.Option(metavar="float64|float32", help="What to compute in.")] = "float64",
    backends: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="{backends}. [default: those installed]"),
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
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="What --steps follows, dropout aside. [default: parity]")
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

    Example: googlenet compare d2l --image-size 96 --gradients
             googlenet compare d2l_bn --steps 20
    """
    from common import nets as tables
    from common.base.errors import choose
    from common.cli import room
    from common.cli.show.comparison import comparison
    from common.cli.show.output import Output
    from common.cli.show.steps import training as training_steps
    from common.compare import passes as comparing
    from common.compare import steps as parity
    from common.compare.oblong import oblong_too
    from common.contract import backend as backends_
    from common.data.images import load_images, random_images
    from common.table.tensors import DTYPES
    from common.weights.convert import read

    out = Output(json)
    choose("dtype", dtype, DTYPES)
    plan = _plan(steps, dtype, recipe=recipe, freeze=freeze, optimizer=optimizer)
    given = None
    if weights:
        trained = read(weights, net=net, in_channels=in_channels, num_classes=num_classes).bundle
        table, given = trained.table, trained.weights
    else:
        table = tables.get(net or "d2l", in_channels=in_channels, num_classes=num_classes)
    size = parse_size(image_size) or (plan and plan.image_size and (plan.image_size,) * 2) or table.input[1:]
    shape = (table.input[0], *size)
    training = training or plan is not None
    comparing.runs_heads(table, shape, training=training)  # complain before anything takes time
    everything = gradients or plan is not None
    count = batch or (plan.batch if plan else len(images or ".."))
    room.for_comparison(table, shape, count, training=training, gradients=everything)
    pictures = load_images(images, shape) if images else None
    if pictures is not None and plan is None:
        room.for_comparison(table, shape, len(pictures), training=training, gradients=everything)
    with out.progress() as progress:
        progress("importing the frameworks")
        names = list(map(backends_.name_of, backends.split(","))) if backends else backends_.installed()
        if not names:
            raise backends_.none_installed()
        backends_.require(names, gradients=gradients, training=training)
        backends_.require(names, training=plan is not None, dtype=dtype)
        settings: dict[str, Any] = {"backends": names, "seed": seed, "weights": given, "progress": progress}
        if plan and steps:
            batches = parity.batches(pictures, batch or plan.batch, shape, table.num_classes, seed)
            found = parity.compare_steps(table, batches, plan, steps=steps, gradients=gradients, **settings)
        else:
            shown = random_images(batch or 2, shape, seed) if pictures is None else pictures
            modes: dict[str, Any] = {"dtype": dtype, "training": training, "gradients": gradients}
            found = comparing.compare(table, shown, **modes, **settings)
        if pictures is None:
            found = oblong_too(found, table, size, dtype=dtype, **settings)
    out.print(training_steps(found) if plan else comparison(found))
    out.json(found)
    if not found["agree"]:
        raise typer.Exit(1)


def _plan(steps: int | None, dtype: str, **options: str | None) -> Recipe | None:
    """What the steps follow; None where none are asked for.

    Args:
        options: ``recipe``, and what changes it.

    Raises:
        InputError: an option of steps without steps, steps in float32, a recipe or an option that cannot be.
    """
    from common.base.errors import InputError
    from common.contract.recipe import PARITY, named

    if not steps:
        for option, value in options.items():
            if value is not None:
                raise InputError(f"--{option} is for the training of --steps: give --steps too, such as --steps 20")
        return None
    if dtype != "float64":
        raise InputError("--steps compares in float64 only: in float32 rounding soon grows larger than any mistake")
    return named(options.pop("recipe") or PARITY).changed(**options)
