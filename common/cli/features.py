"""What a network makes of pictures at one of its layers: ``googlenet features``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import Backend, Computing, Device, FileNet, Images, Json, Preprocess, Weights, whole


@app.command(cls=Listed)
def features(
    weights: Weights,
    images: Images,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to write them: .npz or .safetensors.")],
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="b4, b3.5b, b3.5b.p2_1, logits, logits_unbiased; 64, 192, 768, 2048 of FID's network. "
            "[default: what the classifier gets]",
        ),
    ] = None,
    maps: Annotated[bool, typer.Option("--maps", help="Keep rows and columns, instead of their means.")] = False,
    backend: Backend = None,
    dtype: Computing = None,
    batch: Annotated[int, whole("Images at a time.", min=1)] = 32,
    net: FileNet = None,
    preprocessing: Preprocess = None,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Write what a network makes of pictures at one of its layers, such as FID's features.

    Example: googlenet features fid.safetensors photos/ --layer 2048 --out photos.npz
    """
    from common.cli.show.features import written_features
    from common.cli.show.output import Output
    from common.features import files, whole
    from common.runs.prediction import pictures
    from common.weights import room

    output = Output(json)
    files.check(out)  # complain before anything takes time
    places = pictures(images)
    with output.progress() as progress:
        progress(f"reading {weights}")
        extractor = whole.opened(
            weights,
            net,
            preprocessing,
            backend,
            dtype=dtype,
            check=lambda trained: room.for_prediction(trained, min(batch, len(places))),
            layer=layer,
            maps=maps,
            batch=batch,
        )
    with output.bar("looking at the images") as bar:
        whole.check_whole(places, bar)
    with output.bar("computing features") as bar:
        found = whole.save(out, extractor, places, bar)
    output.print(written_features(found))
    output.json({"from": weights, **found})
