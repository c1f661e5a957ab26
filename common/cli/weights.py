"""Trained weights: ``googlenet convert`` and ``googlenet predict``."""

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
    Images,
    Json,
    Preprocess,
    Size,
    Weights,
    fast_path,
    parse_size,
    whole,
)


@app.command(cls=Listed)
def convert(
    source_path: Annotated[str, typer.Argument(metavar="IN", help="Weights: our own, or published ones.")],
    target_path: Annotated[
        str,
        typer.Argument(metavar="OUT", help=".safetensors, {files} or .onnx."),
    ],
    net: FileNet = None,
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
    in_channels: Annotated[int | None, whole("Channels that IN must be for.")] = None,
    num_classes: Annotated[int | None, whole("Classes that IN must be for.")] = None,
    json: Json = None,
) -> None:
    """Bring weights from one format into another: published ones into ours, ours into the frameworks' and ONNX.

    Example: googlenet convert bvlc_googlenet.caffemodel caffe.safetensors
    """
    from common.cli.show.conversion import conversion
    from common.cli.show.output import Output
    from common.weights import convert as converting

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
    out.print(conversion(found))
    out.json(found)


@app.command(cls=Listed)
def predict(
    weights: Weights,
    images: Images,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|imagenet",
            help="Names of the classes, one a line. [default: the run's, or those that come with the weights]",
        ),
    ] = None,
    truth: Annotated[
        bool, typer.Option("--truth", help="Images lie in folders called like their class: tell right from wrong.")
    ] = False,
    sheet: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw the images with their classes: .png, .svg or .pdf.")
    ] = None,
    backend: Backend = None,
    top: Annotated[int | None, whole("How many classes to show of each image. [default: 5]", min=1)] = None,
    net: FileNet = None,
    preprocessing: Preprocess = None,
    fast: Fast = False,
    bfloat16: Bfloat16 = False,
    compiled: Compiled = False,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Say what is in pictures, by trained weights and the preprocessing that came with them.

    Example: googlenet predict bvlc_googlenet.caffemodel photo.jpg --sheet sheet.png
    """
    from common.cli.show import sheet as sheets
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.cli.show.predictions import judged, predictions
    from common.runs import asked
    from common.runs.prediction import pictures

    out, small = Output(json), []
    if sheet:  # complain before anything takes time
        sheets.check(sheet, pictures(images))
    found = asked.predict(
        weights,
        images,
        labels=labels or None,
        top=top,
        truth=truth,
        backend=backend,
        net=net,
        preprocessing=preprocessing,
        fast=fast_path(fast, bfloat16=bfloat16, compiled=compiled),
        keep=lambda picture: small.append(sheets.thumbnail(picture)) if sheet else None,
        watcher=out,
    )
    out.print(predictions(found) + (judged(found) if truth else []))
    out.json(found)
    if sheet:
        sheets.draw(found["images"], small, sheet)
        out.print(written([sheet]))
