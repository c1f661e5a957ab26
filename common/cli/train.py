"""``googlenet train``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from common.base.errors import InputError
from common.cli import complete
from common.cli.app import app
from common.cli.options import LARGEST_SEED, TABLES, Device, Json, whole
from common.cli.together import OfGroup, follow, lead, refusing
from common.workers.environment import again as started_again
from common.workers.environment import place
from common.workers.quiet import quiet

if TYPE_CHECKING:
    from common.data.dataset import Dataset
    from common.runs.run import Run

# What may be said of a run that goes on.
RESUMING = {"resume", "device", "steps", "workers", "checkpoint_every", "tensorboard", "json"}


@app.command(cls=OfGroup)
def train(
    context: typer.Context,
    net: Annotated[
        str | None,
        typer.Argument(
            metavar="[NET]", autocompletion=complete.nets, help=f"{TABLES} [default: d2l_bn, or that of WEIGHTS]"
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|RUN",
            help="Start from these; for other classes the classifier is drawn anew. [default: draw all]",
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(metavar="NAME,...|all-but-fc", help="Stages, blocks and layers to leave as they are."),
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            metavar="NAME|PATH", help="digits, fashion-mnist, cifar10, or a folder or archive of class folders."
        ),
    ] = "digits",
    data_dir: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where the official files are already. [default: download them]")
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete.backends,
            help="{backends}, or all that train. [default: the first installed]",
        ),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(metavar="NAME", autocompletion=complete.recipes, help="{recipes|or}; options below change it."),
    ] = "quick",
    epochs: Annotated[int | None, whole("Times that every training image is seen.")] = None,
    batch: Annotated[int | None, whole("Images a step.")] = None,
    image_size: Annotated[int | None, whole("Pixels, height and width.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="NAME", help="{schedules|or}, with their usual numbers.")
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="sgd|adam|adamw", help="What moves the weights by the gradients.")
    ] = None,
    warmup: Annotated[
        float | None, typer.Option(help="Epochs in which the rate rises to that of the schedule.")
    ] = None,
    momentum: Annotated[
        float | None, typer.Option(help="Weight of the velocity before, or of Adam's first moment.")
    ] = None,
    beta2: Annotated[float | None, typer.Option(help="Weight of Adam's second moment before.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="Added to the root of Adam's second moment.")] = None,
    nesterov: Annotated[bool | None, typer.Option(help="Look ahead along the momentum.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Of kernels; not of biases and normalisations.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share spread over all classes.")] = None,
    clip: Annotated[float | None, typer.Option(help="Largest length of the whole gradient.")] = None,
    aux_weight: Annotated[float | None, typer.Option(help="Of the heads' losses. [default: the table's]")] = None,
    dropout: Annotated[float | None, typer.Option(help="Of every dropout. [default: the table's]")] = None,
    pad: Annotated[int | None, whole("Pixels around an image, which is then cut out at random.")] = None,
    resized_crop: Annotated[
        float | None, typer.Option(help="Smallest share of a picture that is cut out at random and resized.")
    ] = None,
    flip: Annotated[bool | None, typer.Option(help="Mirror half of the images.")] = None,
    patience: Annotated[
        int | None, whole("Stop after so many epochs without a better validation accuracy.", min=1)
    ] = None,
    validation: Annotated[
        float | None, typer.Option(help="Share of the training images held out, if the data have none for it.")
    ] = None,
    initial: Annotated[str | None, typer.Option(metavar="he|xavier", help="How the first weights are drawn.")] = None,
    dtype: Annotated[str, typer.Option(metavar="float32|bfloat16|float64", help="What to compute in.")] = "float32",
    seed: Annotated[int, whole("Of all that is random.", min=0, max=LARGEST_SEED)] = 0,
    steps: Annotated[int | None, whole("Stop once the run has made so many, as Ctrl-C would.", min=1)] = None,
    out: Annotated[str | None, typer.Option(metavar="RUN", help="Folder. [default: runs/NET-DATA-BACKEND]")] = None,
    checkpoint_every: Annotated[int, whole("Steps.", min=1)] = 200,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on with a run, exactly as if it had not been stopped.")
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/events for TensorBoard, by step and epoch.")
    ] = False,
    workers: Annotated[
        int | None, whole("Processes of this machine that make each step together. [default: this one alone]", min=1)
    ] = None,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Train a network; Ctrl-C stops it, --resume goes on to the last bit as if nothing had been.

    Started by torchrun, srun or the like, all processes make each step together, and rank 0 writes and prints.

    \b
    Example: googlenet train d2l_bn --data digits --recipe quick --backend all
             torchrun --nproc-per-node 2 --no-python googlenet train d2l_bn
             googlenet train --weights run/torch --data mine/ --freeze all-but-fc
    """
    from common.cli.launch import train_runs
    from common.cli.show.output import Output
    from common.runs import events
    from common.runs.opened import is_outside, runs_of
    from common.runs.preparing import prepare_runs, read_data, recipe_asked

    here = place()
    if here is not None:
        quiet()
    if here is not None and here.rank:
        stopped_by = follow(here, net, data, data_dir, resume)
        if stopped_by is not None:
            raise typer.Exit(128 + stopped_by)
        return
    with refusing(here):  # complain before anything takes time
        if tensorboard:
            events.require()
        output = Output(json)

    def prepared() -> tuple[list[Run], Dataset]:
        """The runs that are asked for, made or opened, and their data."""
        if workers is not None and here is not None:
            raise InputError(f"this is one of {here.size} workers by the environment already: leave out --workers")
        if resume is not None:
            sayable = RESUMING | ({"net"} if is_outside(net) else set())  # whose table no run can name
            for option in context.command.params:
                origin = context.get_parameter_source(option.name) if option.name else None
                given = origin is not None and origin.name == "COMMANDLINE"
                if given and option.name not in sayable:
                    raise InputError(f"--resume goes on as {resume} was begun: leave out {option.opts[0]}")
            runs = runs_of(resume, net)
            return runs, read_data(output, runs[0].data, runs[0].data_dir)
        changes = {name: value for name, value in context.params.items() if name != "recipe"}
        return prepare_runs(
            output,
            net,
            data=data,
            data_dir=data_dir,
            backend_name=backend,
            workers=workers if here is None else 1,
            again=started_again(),
            recipe=recipe_asked(recipe, **changes),
            dtype=dtype,
            seed=seed,
            folder=None if out is None else Path(out),
            weights=weights,
            image_size=image_size,
        )

    options: dict[str, Any] = {"most_steps": steps, "checkpoint_every": checkpoint_every, "tensorboard": tensorboard}
    if here is None:
        found, stopped_by = train_runs(output, *prepared(), workers=workers, **options)
    else:
        found, stopped_by = lead(
            here,
            prepared,
            partial(train_runs, output, **options),
            checkpoint_every=checkpoint_every,
            made=resume is None,
        )
    output.json(found)
    if stopped_by is not None and not found["finished"]:
        raise typer.Exit(128 + stopped_by)
