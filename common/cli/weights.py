"""Trained weights: ``googlenet convert`` and ``googlenet predict``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli.app import app
from common.cli.options import Json, Preprocess, Size, parse_size
from common.errors import InputError


@app.command()
def convert(
    source_path: Annotated[str, typer.Argument(metavar="IN", help="Weights: our own, or published ones.")],
    target_path: Annotated[
        str,
        typer.Argument(metavar="OUT", help=".safetensors, .pth, .pt, .weights.h5, .keras, .params or .onnx."),
    ],
    net: Annotated[str | None, typer.Option(metavar="NET", help="The table, where the file does not tell.")] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Who published it, such as timm_inception_v3. [default: found from the file]"
        ),
    ] = None,
    preprocessing: Preprocess = None,
    dtype: Annotated[
        str | None, typer.Option(metavar="float32|float64", help="What to write. [default: as in IN]")
    ] = None,
    image_size: Size = None,
    in_channels: Annotated[int | None, typer.Option(help="Channels that IN must be for.")] = None,
    num_classes: Annotated[int | None, typer.Option(help="Classes that IN must be for.")] = None,
    json: Json = None,
) -> None:
    """Bring weights from one format into another: published ones into ours, ours into the frameworks' and ONNX.

    Example: googlenet convert bvlc_googlenet.caffemodel caffe.safetensors
    """
    from common import convert as converting
    from common import show
    from common.output import Output

    out = Output(json)
    with out.progress() as progress:
        found = converting.convert_file(
            source_path,
            target_path,
            net=net,
            source=source,
            preprocessing=preprocessing,
            to=dtype,
            size=parse_size(image_size),
            in_channels=in_channels,
            num_classes=num_classes,
            progress=progress,
        )
    out.print(show.conversion(found))
    out.json(found)


@app.command()
def predict(
    weights: Annotated[str, typer.Argument(metavar="WEIGHTS", help="A file that `googlenet convert` reads.")],
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Image files and folders of them.")],
    labels: Annotated[str | None, typer.Option(metavar="FILE", help="Names of the classes, one a line.")] = None,
    backend: Annotated[
        str | None, typer.Option(metavar="NAME", help="torch, tf or mxnet. [default: the first installed]")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="How many classes to show of each image. [default: 5]")] = None,
    net: Annotated[str | None, typer.Option(metavar="NET", help="The table, where the file does not tell.")] = None,
    preprocessing: Preprocess = None,
    json: Json = None,
) -> None:
    """Say what is in pictures, by trained weights and the preprocessing that came with them.

    Example: googlenet predict weights.safetensors photo.jpg --labels labels.txt
    """
    from common import backend as backends
    from common import convert as converting
    from common import predict as predicting
    from common import show
    from common.images import files
    from common.output import Output

    out = Output(json)
    files(images)  # complain before anything takes time
    with out.progress() as progress:
        progress(f"reading {weights}")
        trained = converting.read(weights, net=net, preprocessing=preprocessing).bundle
        try:
            predicting.check(trained, top)
        except InputError as error:
            raise InputError(f"{weights}: {error}") from None
        names = predicting.read_labels(labels, trained.network) if labels else None
        progress("importing the framework")
        name = backend or backends.first()
        backends.load(name)
    with out.bar("predicting") as bar:
        found = predicting.predict(trained, images, backend_name=name, labels=names, top=top, progress=bar)
    out.print(show.predictions(found))
    out.json({"weights": weights, **found})
