"""How far apart two sets of images are: ``googlenet fid``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import Backend, Computing, Device, FileNet, Json, Preprocess, whole

SET = "A folder with all images below it, an archive of one, or saved statistics (.npz)."


@app.command(cls=Listed)
def fid(
    a: Annotated[str, typer.Argument(metavar="A", help=SET)],
    b: Annotated[str | None, typer.Argument(metavar="B", help="The set to compare it with.")] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="RUN|WEIGHTS", help="The network: the folder of a run, or a file that `convert` reads."),
    ] = None,
    net: FileNet = None,
    preprocessing: Preprocess = None,
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="As for `features`: b4; 64, 192, 768 of FID's. [default: what the classifier gets]"
        ),
    ] = None,
    backend: Backend = None,
    dtype: Computing = None,
    batch: Annotated[int, whole("Images at a time.", min=1)] = 32,
    save_statistics: Annotated[
        str | None, typer.Option(metavar="FILE.npz", help="Where to save the statistics of A for another time.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also how far every published variant moves the features and FID.")
    ] = False,
    figure: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw what --explain tells: .png, .svg or .pdf.")
    ] = None,
    subsets: Annotated[int, whole("Random subsets that KID is the mean over.", min=1, max=1 << 20)] = 100,
    subset_size: Annotated[
        int, whole("Images of each set in a subset; fewer where a set has fewer.", min=2, max=1 << 15)
    ] = 1000,
    splits: Annotated[int, whole("Parts that the Inception score is the mean over.", min=1, max=1 << 20)] = 10,
    seed: Annotated[int, whole("Of the subsets and parts.", min=0, max=(1 << 32) - 1)] = 2020,
    device: Device = "cpu",
    json: Json = None,
) -> None:
    """Tell how far apart two sets of images are: FID, KID, and the Inception score of each.

    Example: googlenet fid real/ made/ --weights pt_inception-2015-12-05-6726825d.pth
    """
    from common.cli.show import variants
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.cli.show.scores import scores
    from common.scores import scoring
    from common.scores.draws import Draws
    from common.weights import room

    out = Output(json)
    if figure:
        variants.check(figure, explain)
    report = scoring.fid(
        a,
        b,
        weights=weights,
        net=net,
        preprocessing=preprocessing,
        layer=layer,
        backend=backend,
        dtype=dtype,
        batch=batch,
        draws=Draws(subsets=subsets, subset_size=subset_size, splits=splits, seed=seed),
        save_statistics=save_statistics,
        explain=explain,
        check=room.for_prediction,
        task=out.bar,
    )
    out.print(scores(report))
    out.json({"weights": weights, **report})
    if figure:
        variants.draw(report, figure)
    if files := [file for file in (save_statistics, figure) if file]:
        out.print(written(files))
