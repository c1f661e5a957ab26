"""The measuring itself: every process in its turn, first until it is warm, then in rounds.

One process computes at a time. Each round gives every process one turn, so a machine that becomes slower becomes slower
for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from time import sleep
from typing import Any

from common.base.progress import Progress
from common.bench.entrants import Entrant
from common.bench.measures import MOST_WARMING, calls_of_a_turn, steady
from common.bench.process import Failed, Process
from common.data import batches

WITHOUT = 20  # steps without the learning, in each round
AHEAD = 2 * batches.AHEAD  # steps before these, for which batches may lie ready
PAUSE = 0.2  # seconds before a turn, for the threads of the process before to stop spinning


class Runner:
    """An entrant, its process, and what was measured of it.

    Attributes:
        ready: what the process said when it had started: ``framework``, ``import_s`` and so on.
        warming: seconds a call, of each turn of warming up.
        warm: whether it became steady.
        rounds: the seconds of each call, of each round.
        products: the seconds of each product of two matrices.
        peak: the most memory that it had, in bytes.
        rel_err: how far its logits are from the truth; None where they are not compared, or are no numbers.
        layers: the seconds of each layer by its name, of each round.
        errors: of what is computed in bfloat16, the relative error of each layer by its name; else None.
        copies: bytes a second that memory moved, of each copy.
        without: of a run, the seconds of each step without the learning.
        failure: how it failed, None if it did not.
    """

    def __init__(self, entrant: Entrant):
        self.entrant = entrant
        self.ready: dict[str, Any] = {}
        self.warming: list[float] = []
        self.warm = False
        self.rounds: list[list[float]] = []
        self.products: list[float] = []
        self.layers: list[dict[str, float]] = []
        self.copies: list[float] = []
        self.without: list[float] = []
        self.errors: dict[str, float] | None = None
        self.peak: int | None = None
        self.rel_err: float | None = None
        self.failure: Failed | None = None
        self._process: Process | None = None
        self._calls = 1

    @property
    def stands(self) -> bool:
        """Whether it has not failed."""
        return self.failure is None

    def start(self, process: Process, job: dict[str, Any]) -> None:
        """Wait until a fresh process has computed once.

        Args:
            process: is ended by `close`, or when it fails.
            job: of `common.bench.jobs.Job.to_json`.
        """
        self._process = process
        self.ready = self._ask(job).get("ready", {})

    def warm_up(self) -> None:
        """One turn that does not count."""
        sleep(PAUSE)
        seconds = self._turn(0)
        if seconds:
            self.warming.append(median(seconds))
            self._calls = calls_of_a_turn(min(seconds))
            self.warm = steady(self.warming)

    def turn(self) -> None:
        """One turn that counts. Where it has several calls, the first one only brings the caches back."""
        sleep(PAUSE)
        seconds = self._turn(1 if self._calls > 1 else 0)
        if seconds:
            self.rounds.append(seconds)

    def product(self) -> None:
        """One product of two matrices, for what the machine can do; one more before the first, which does not count."""
        if not self.products:
            self._ask({"do": "product"})
        self.products += self._ask({"do": "product"}).get("seconds", [])

    def layer_by_layer(self) -> None:
        """One more call, of which each layer is timed; one before the first does not count."""
        if not self.layers:
            self._ask({"do": "layers"})
        answer = self._ask({"do": "layers"})
        if answer:
            self.layers.append(answer["layers"])

    def errors_by_layer(self) -> None:
        """How far each layer is from the NumPy reference."""
        self.errors = self._ask({"do": "errors"}).get("errors")

    def copy(self) -> None:
        """Copies of large arrays, for what memory can do."""
        answer = self._ask({"do": "copy"})
        self.copies += [answer["bytes"] / seconds for seconds in answer.get("seconds", [])]

    def step_without(self) -> None:
        """Some steps of a run without the learning; by the first, which do not count, no batch lies ready any more."""
        self.without += self._ask({"do": "without", "calls": WITHOUT, "untimed": AHEAD}).get("seconds", [])

    def end(self) -> None:
        """Let the process end by itself."""
        self.peak = self._ask({"do": "end"}).get("peak_memory")

    def fail(self, failure: Failed) -> None:
        """Take part no longer."""
        self.failure = failure
        self.close()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _turn(self, untimed: int) -> list[float]:
        return self._ask({"do": "turn", "calls": self._calls, "untimed": untimed}).get("seconds", [])

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer; none from a process that has failed, whose failure is kept."""
        if self._process is None or not self.stands:
            return {}
        try:
            return self._process.ask(message)
        except Failed as failure:
            self.fail(failure)
            return {}


def warmed_up(runners: Sequence[Runner], progress: Progress) -> None:
    """Give each runner turns, all in turn, until it is warm or has had `MOST_WARMING`."""
    for _ in progress(range(MOST_WARMING), MOST_WARMING):
        cold = [runner for runner in runners if runner.stands and not runner.warm]
        for runner in cold:
            runner.warm_up()


def measured(runners: Sequence[Runner], rounds: Iterable[int]) -> None:
    """Give each runner a turn in each round, and one of each library a product."""
    for _ in rounds:
        libraries: set[str] = set()
        for runner in (each for each in runners if each.stands):
            runner.turn()
            if runner.entrant.way == "run":
                runner.step_without()
            if runner.stands and runner.ready["library"] not in libraries:
                libraries.add(runner.ready["library"])
                runner.product()


def ended(runners: Sequence[Runner]) -> None:
    """Let all processes end."""
    for runner in runners:
        runner.end()
        runner.close()
