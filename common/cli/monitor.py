"""What is shown of a run while it goes on: a live line on terminals, and a line for each epoch everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from common.runs.run import Run


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.2f}%"


class Monitor:
    """Takes the records of a run as they come.

    Args:
        console: where lines that stay are printed.
        say: prints one there.
        run: whose records they are.
    """

    def __init__(self, console: Console, say: Callable[[str], None], run: Run):
        self.console, self.say, self.run = console, say, run

    @contextmanager
    def shown(self) -> Iterator[None]:
        """With the live line."""
        console = Console(stderr=True)
        shown = console.is_terminal or console.is_jupyter
        words = [TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[speed]}")]
        with Progress(*words, TimeRemainingColumn(), console=console, disable=not shown) as self.progress:
            self.task: TaskID | None = None
            yield

    def report(self, record: dict[str, Any]) -> None:
        """Show a record of metrics.jsonl."""
        match record["kind"]:
            case "step":
                self._step(record)
            case "epoch":
                self._print(self.epoch_line(record))
            case "test":
                right, images = round(record["accuracy"] * record["images"]), record["images"]
                words = f"test {percent(record['accuracy'])}: {right:,} of {images:,} images"
                self._print(f"{words}, by the weights of epoch {record['epoch'] + 1}")

    def _print(self, line: str) -> None:
        """Above the live line, if there is one on the same terminal; or else where all lines go."""
        console = self.progress.console
        if console.is_terminal and self.console.is_terminal:
            console.print(Text(line), soft_wrap=True)
        else:
            self.say(line)

    def _step(self, record: dict[str, Any]) -> None:
        if self.task is None:
            self.task = self.progress.add_task("", total=None, completed=record["step"] - 1, speed="")
        speed = self.progress.tasks[0].speed
        batch = min(self.run.recipe.batch, self.run.images["train"] or 0)
        self.progress.update(
            self.task,
            completed=record["step"],
            total=record["of"],
            description=(
                f"epoch {record['epoch'] + 1}/{self.run.recipe.epochs}  step {record['step']}  "
                f"loss {record['loss']:.4f}  {percent(record['accuracy'])}  lr {record['lr']:.3g}"
            ),
            speed=f"{speed * batch:,.0f} images/s{self._efficiency(record)}" if speed else "",
        )

    @staticmethod
    def _efficiency(record: dict[str, Any]) -> str:
        """How much of a step goes into computing, where several workers made it; the rest is exchange and waiting."""
        return f"  {record['efficiency']:.0%} computing" if "efficiency" in record else ""

    def epoch_line(self, record: dict[str, Any]) -> str:
        """An epoch in one line."""
        epochs, loss = self.run.recipe.epochs, record["validation_loss"]
        validation = "" if loss is None else f"  validation {loss:.4f} {percent(record['validation_accuracy']):>7}"
        return (
            f"epoch {record['epoch'] + 1:>{len(str(epochs))}} of {epochs}  loss {record['loss']:.4f} "
            f"{percent(record['accuracy']):>7}{validation}  {record['images_per_second']:,.0f} images/s"
        )
