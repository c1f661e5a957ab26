"""How good a trained network is: ``googlenet evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.base.errors import InputError, choose
from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import Device, Json, Preprocess, whole


@app.command(cls=Listed)
def evaluate(
    weights: Annotated[
        str, typer.Argument(metavar="RUN|WEIGHTS", help="The folder of a run, or a file that `convert` reads.")
    ],
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
    backend: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="{backends|or}. [default: the run's, or the first installed]"),
    ] = None,
    batch: Annotated[int, whole("Images at a time.", min=1)] = 64,
    net: Annotated[str | None, typer.Option(metavar="NET", help="The table, where the file does not tell.")] = None,
    preprocessing: Preprocess = None,
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where to draw confusion.png and confusion.svg.")
    ] = None,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Count what trained weights say of labelled images: accuracy, by class, top 5, what is taken for what.

    Example: googlenet evaluate runs/digits --backend tf --out runs/digits
    """
    from common.cli import room
    from common.cli.launch import data_id, read_data
    from common.cli.show import confusion
    from common.cli.show.evaluation import evaluation, heading
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.contract import backend as backends
    from common.data.dataset import SPLITS
    from common.runs import evaluation as evaluating
    from common.runs.opened import open_trained

    output = Output(json)
    choose("split", split, SPLITS)  # complain before anything takes time
    if out:
        confusion.check(out)
    with output.progress() as progress:
        progress(f"reading {weights}")
        trained, run = open_trained(weights, net=net, preprocessing=preprocessing)
        own = run if run is not None and (data is None or data_id(data) == run.data) else None
        if own is None and data is None:
            raise InputError(f"{weights}: these weights do not say what to try them on: give --data")
        progress("importing the framework")
        name = backends.name_of(backend) if backend else run.backend if run else backends.first()
        backends.require([name], dtype=trained.dtype)
        backends.load(name)
    found = read_data(output, own.data if own else str(data), data_dir or (own.data_dir if own else None))
    evaluating.check_classes(trained, run.classes if run else None, found)
    images = evaluating.split_of(found, split, own)
    room.for_prediction(trained, min(batch, len(images)))
    with output.bar("evaluating") as bar:
        counted = evaluating.evaluate(trained, images, found.classes, backend_name=name, batch=batch, progress=bar)
    counted = {"weights": weights, "data": found.name, "split": split, **counted}
    output.print(evaluation(counted))
    output.json(counted)
    if out:
        drawn = confusion.draw(counted["confusion"], found.classes, out, heading(counted))
        output.print(written(drawn))
