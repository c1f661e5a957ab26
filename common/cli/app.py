"""The application that the commands are added to."""

import typer

app = typer.Typer(
    help="GoogLeNet and its family from one table, the same function in PyTorch, Keras and MXNet.",
    epilog="With --traceback any command shows where an error comes from.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
