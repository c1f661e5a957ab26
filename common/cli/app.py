"""What the commands are added to."""

import typer

app = typer.Typer(
    help="GoogLeNet and its family from one table, the same function in PyTorch, Keras and MXNet.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
