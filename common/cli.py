"""The command line, ``googlenet``: exit 0 all well, 1 a check failed, 2 wrong use or bad input.

Whatever takes time to import is imported by the command that needs it.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from common.errors import InputError

app = typer.Typer(
    help="GoogLeNet and its family from one table, the same function in PyTorch, Keras and MXNet.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Write all of it as JSON.")]
Net = Annotated[str, typer.Argument(metavar="NET", help="A table; `googlenet nets` lists them.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="N|HxW", help="Size of the images in pixels. [default: the network's own]"),
]
Channels = Annotated[int | None, typer.Option(help="Channels of the images. [default: the network's own]")]
Classes = Annotated[int | None, typer.Option(help="Number of classes. [default: the network's own]")]


Preprocess = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="That of a source, or plain. [default: what comes with the weights]"),
]


def parse_size(text: str | None) -> tuple[int, int] | None:
    """(height, width) from ``96`` or ``96x128``."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.lower().split("x")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or min(numbers) < 1:
        raise InputError(f"image size {text!r}: give one number or two, such as 96 or 96x128")
    return numbers[0], numbers[-1]


@app.command()
def nets(json: Json = None) -> None:
    """List the tables: parameters, MACs, depth, smallest image, source, departures.

    Example: googlenet nets
    """
    from common import listing, show
    from common.output import Output

    out, found = Output(json), listing.all_nets()
    out.print(show.nets(found))
    out.json(found)


@app.command()
def summary(
    net: Net,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="NET...", help="Compare sizes and costs with these tables instead."),
    ] = None,
    image_size: Size = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    json: Json = None,
) -> None:
    """Show every layer's output, parameters, MACs and receptive field, by arithmetic alone.

    Example: googlenet summary d2l --against alexnet vgg11 vgg16 nin
    """
    from common import against as comparing
    from common import listing, show
    from common import nets as tables
    from common.output import Output

    out, size = Output(json), parse_size(image_size)
    chosen = [tables.get(name, in_channels=in_channels, num_classes=num_classes) for name in (net, *(against or ()))]
    if against:
        found = comparing.against(chosen, size)
        out.print(show.against(found))
    else:
        found = listing.summary(chosen[0], size)
        out.print(show.summary(found))
    out.json(found)


@app.command()
def compare(
    net: Annotated[str, typer.Argument(metavar="[NET]", help="A table; `googlenet nets` lists them.")] = "d2l",
    image_size: Size = None,
    dtype: Annotated[str, typer.Option(metavar="float64|float32", help="What to compute in.")] = "float64",
    backends: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="torch, tf, mxnet. [default: those installed]"),
    ] = None,
    images: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH...", help="Images, folders of them, digits or photos. [default: random ones]"),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="How many random images, without --images.")] = 2,
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Weights of this table. [default: drawn so that nothing hides]"),
    ] = None,
    training: Annotated[bool, typer.Option("--training", help="Training mode: batch statistics, heads.")] = False,
    gradients: Annotated[bool, typer.Option("--gradients", help="Compare all gradients too.")] = False,
    in_channels: Channels = None,
    num_classes: Classes = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, random images and labels.")] = 0,
    json: Json = None,
) -> None:
    """Build a table in every backend with one set of weights, and measure each against NumPy.

    Example: googlenet compare d2l --image-size 96 --gradients
    """
    from common import backend as backends_
    from common import compare as comparing
    from common import nets as tables
    from common import show
    from common.errors import choose
    from common.images import load_images, random_images
    from common.output import Output
    from common.weights import DTYPES, load

    out = Output(json)
    table = tables.get(net, in_channels=in_channels, num_classes=num_classes)
    choose("dtype", dtype, DTYPES)
    size = parse_size(image_size) or table.input[1:]
    shape = (table.input[0], *size)
    comparing.runs_heads(table, shape, training=training)  # complain before anything takes time
    given = load(weights, table) if weights else None
    pictures = load_images(images, shape) if images else random_images(batch, shape, seed)
    with out.progress() as progress:
        progress("importing the frameworks")
        names = backends.split(",") if backends else backends_.installed()
        if not names:
            raise backends_.none_installed()
        found = comparing.compare(
            table,
            pictures,
            backends=names,
            dtype=dtype,
            training=training,
            gradients=gradients,
            seed=seed,
            weights=given,
            progress=progress,
        )
    out.print(show.comparison(found))
    out.json(found)
    if not found["agree"]:
        raise typer.Exit(1)


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
    top: Annotated[int, typer.Option(min=1, help="How many classes to show of each image.")] = 5,
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
        names = predicting.read_labels(labels, trained.network) if labels else None
        progress("importing the framework")
        name = backend or backends.first()
        backends.load(name)
    with out.bar("predicting") as bar:
        found = predicting.predict(trained, images, backend_name=name, labels=names, top=top, progress=bar)
    out.print(show.predictions(found))
    out.json({"weights": weights, **found})


def spread(arguments: list[str], options: tuple[str, ...] = ("--images", "--against")) -> list[str]:
    """The same arguments with ``--images a b`` as ``--images a --images b``, the form Typer knows."""
    spreading, found = None, []
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            spreading = argument if argument in options else None
            found += [] if spreading else [argument]
        else:
            found += [spreading, argument] if spreading else [argument]
    return found


def main() -> None:
    """Run the command line; every error a user can make is one line on stderr and exit code 2."""
    try:
        sys.exit(app(spread(sys.argv[1:]) or ["--help"], standalone_mode=False))
    except (InputError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        print(f"googlenet: {' '.join(message.split())}", file=sys.stderr)
        sys.exit(2)
    except typer.Abort:
        print("googlenet: aborted", file=sys.stderr)
        sys.exit(130)
