"""How a framework package lets each layer be watched while it computes: `googlenet_torch.bench.watching` and alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from common.table.nodes import Window

if TYPE_CHECKING:
    from types import ModuleType

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
def hooked(
    net: Any, method: str, rooms: tuple[ModuleType, ModuleType], within: Within, *, by_itself: Callable[..., Any]
) -> Iterator[None]:
    """Each layer of a net, and what it does beside, is computed within a watch, until the end; then all is as before.

    Args:
        net: of a package of ours; its layers go by their canonical names.
        method: of a layer, that computes.
        rooms: ``layers``, which has ``pad`` and ``activate``, and ``blocks``, which has ``activate``, of the package.
        within: of `waiting`.
        by_itself: of a window's kernel, stride and padding: whether the framework pads it by itself.
    """
    layers, blocks = rooms
    pad, activate = layers.pad, layers.activate

    def padded(*args: Any, **kwargs: Any) -> Any:
        node = next(each for each in args if isinstance(each, Window))
        return (pad if by_itself(*node.window) else within(".padding", pad))(*args, **kwargs)

    def activated(*args: Any) -> Any:
        *_, name = args
        return (activate if name is None else within(".activation", activate))(*args)

    with ExitStack() as hooks:
        for name in watched_names(net.table):
            layer = attrgetter(name)(net)
            hooks.enter_context(replaced(layer, method, within(name, getattr(layer, method))))
        hooks.enter_context(replaced(layers, "pad", padded))
        for room in (layers, blocks):
            hooks.enter_context(replaced(room, "activate", activated))
        yield


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
