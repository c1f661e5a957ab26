"""How a framework package lets each layer be watched while it computes: `googlenet_torch.bench.watching` and alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from common.table.analysis import Table

Within = Callable[[str, Callable[..., Any]], Callable[..., Any]]


def watched_names(table: Table) -> list[str]:
    """The canonical names of what is watched: layers, blocks, stages and normalisations on the way to the logits.

    >>> from common import nets
    >>> names = watched_names(nets.get("d2l_bn"))
    >>> names[:2], "b1.conv1.norm" in names, len(names)
    (['b1.conv1', 'b1.pool1'], True, 143)
    """
    names = list(table.at(aux=False))
    return [*names, *(f"{name}.norm" for name in table.norms if name in names)]


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute of an object or module has another value, until the end; then it is as before.

    >>> from types import SimpleNamespace
    >>> owner = SimpleNamespace(width=3)
    >>> with replaced(owner, "width", 4):
    ...     owner.width
    4
    >>> owner.width
    3
    """
    before = vars(owner).get(name)  # None where the class has it
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def waiting(watch: Callable[[str], AbstractContextManager[None]], wait: Callable[[], Any]) -> Within:
    """A function that puts a name and a function within ``watch``, until all is computed.

    Args:
        watch: is given the name.
        wait: returns when nothing is left to compute.

    >>> from contextlib import nullcontext
    >>> waiting(nullcontext, lambda: None)("b1.conv1", abs)(-2)
    2
    """

    def within(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            wait()  # what was asked for before belongs to who asked for it
            with watch(name):
                value = function(*args, **kwargs)
                wait()
            return value

        return watched

    return within
