"""From a job to the call that is timed: imported, built, and called once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from common.bench import exported
from common.bench.jobs import Job
from common.bench.stopwatch import Stopwatch
from common.compare.reference import Reference
from common.compare.roundoff import relative_error
from common.contract import backend
from common.contract.recipe import Recipe
from common.table.drawing import initial, probing

PLAN = Recipe(lr=1e-3, momentum=0.9)  # what a step of training does: the book's, without decay
Call = Callable[[], Any]
Made = tuple[Call, dict[str, Any]]  # what is timed, and what else of `Prepared` there is


class Clock:
    """The seconds of each phase, told before it begins.

    >>> told = []
    >>> clock = Clock(told.append)
    >>> with clock("import"):
    ...     pass
    >>> told, list(clock.seconds)
    (['import'], ['import'])
    """

    def __init__(self, tell: Callable[[str], None]):
        self.tell = tell
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Count what happens in the block towards the phase."""
        self.tell(phase)
        start = perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - start


@dataclass(frozen=True)
class Prepared:
    """What a process can be asked for.

    Attributes:
        framework: name and version.
        call: what is timed.
        product: a product of two square matrices as the job says.
        library: whose product it is.
        layers: one more call, layer by layer: the seconds of each by its name. None of ways that do not tell.
        errors: how far each layer is from the NumPy reference, by its name. None of what is exact but for round-off.
        without: the call of a run without the learning in it. None of other ways.
    """

    framework: str
    call: Call
    product: Call
    library: str
    layers: Callable[[], dict[str, float]] | None = None
    errors: Callable[[], dict[str, float]] | None = None
    without: Call | None = None


def prepare(job: Job, clock: Clock) -> Prepared:
    """Import, build, and be ready for the first call.

    Raises:
        InputError: a framework that is missing, or a net that it cannot build.
    """
    if job.way == "export":
        return _exported(job, clock)
    with clock("import"):
        package: Any = backend.load(job.provider)
    own = import_module(f"{package.__name__}.bench") if backend.declared(job.provider).bench else None
    call, more = WAYS.get(job.way, _other)(job, clock, package, own)
    if own is None:
        return Prepared(package.FRAMEWORK, call, _numpy_product(job.product, job.dtype), "numpy", **more)
    product = own.product(job.product, job.dtype)
    return Prepared(package.FRAMEWORK, _whole(call, own.wait), product, job.provider, **more)


def _whole(call: Call, wait: Call) -> Call:
    """A call that ends when all is computed: a framework may go on computing after it has returned."""

    def whole() -> Any:
        value = call()
        wait()
        return value

    return whole


def _built(job: Job, clock: Clock, package: Any, draw: Any = probing) -> Any:
    """The net of a job; drawing its weights takes no time that counts."""
    weights = draw(job.table, job.seed, job.net_dtype)
    with clock("build"):
        return package.build_net(job.table, weights=weights, dtype=job.net_dtype)


def _plain(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    net, images = _built(job, clock, package), job.images()
    return lambda: package.predict(net, images), {}


def _layers(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    """What `_plain` is, and the seconds of each layer of another call of it."""
    net, images = _built(job, clock, package), job.images()

    def layers() -> dict[str, float]:
        watch = Stopwatch()
        with own.watching(net, watch):
            package.predict(net, images)
        return watch.seconds

    return lambda: package.predict(net, images), {"layers": layers}


def _fast(job: Job, clock: Clock, package: Any, own: Any, **way: bool) -> Made:
    net, images = _built(job, clock, package), job.images()
    with clock("first"):  # where it is compiled at once, and not by the first call
        predict = package.predictor(net, image_size=job.shape[1:], batch=job.batch, **way)
    return lambda: predict(images), {}


def _bfloat16(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    """What `_fast` is in bfloat16, and how far each layer of the first image then is from the reference."""
    net, images = _built(job, clock, package), job.images()
    with clock("first"):
        predict = package.predictor(net, image_size=job.shape[1:], batch=job.batch, bfloat16=True)

    def errors() -> dict[str, float]:
        expected = Reference(job.table, package.get_weights(net), images[:1], aux=False).outputs
        return {name: relative_error(told, expected[name]) for name, told in predict.layers(images[:1]).items()}

    return lambda: predict(images), {"errors": errors}


def _trainer(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    net, images, labels = _built(job, clock, package, initial), job.images(), job.labels()
    settings = {"bfloat16": True} if job.dtype == "bfloat16" else {}
    with clock("first"):
        trainer = package.Trainer(net, PLAN, **settings)
    return lambda: trainer.step(images, labels, lr=PLAN.lr, seed=job.seed), {}


def _loop(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    net, images, labels = _built(job, clock, package, initial), job.images(), job.labels()
    with clock("first"):
        return own.loop(net, PLAN, images, labels, bfloat16=job.dtype == "bfloat16"), {}


def _run(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    from common.bench.running import stepping

    with clock("build"):
        step, without = stepping(job, PLAN)
    return step, {"without": without}


def _other(job: Job, clock: Clock, package: Any, own: Any) -> Made:
    with clock("build"):
        predict = own.other(job.way, job.table.name, job.shape, job.table.num_classes)
    images = job.images()
    return lambda: predict(images), {}


WAYS: dict[str, Callable[[Job, Clock, Any, Any], Made]] = {
    "plain": _plain,
    "fast": _fast,
    "compiled": partial(_fast, compiled=True),
    "bfloat16": _bfloat16,
    "layers": _layers,
    "trainer": _trainer,
    "loop": _loop,
    "run": _run,
}


def _exported(job: Job, clock: Clock) -> Prepared:
    """The network in a runtime; writing the model takes no time that counts."""
    path = exported.write(job)
    with clock("import"):
        import_module(exported.RUNTIMES[job.provider])
    with clock("build"):
        framework, predict = exported.OPEN[job.provider](path, job.threads)
    images = job.images()
    return Prepared(framework, lambda: predict(images), _numpy_product(job.product, job.dtype), "numpy")


def _numpy_product(size: int, dtype: str) -> Call:
    """NumPy knows no bfloat16; there its product is that of float32."""
    matrix = np.ones((size, size), "float32" if dtype == "bfloat16" else dtype)
    return lambda: float((matrix @ matrix)[0, 0])
