"""What ``googlenet write`` and `googlenet.write` work out: the files of a table, as text, and on the disk."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from common.base.errors import InputError
from common.base.files import replacing
from common.contract.backend import name_of, packages
from common.contract.declaration import EVERY
from common.table.analysis import Table
from common.written.file import class_name, written
from common.written.style import STYLES


def chosen(backend: str) -> list[str]:
    """The backends that a word names, of those that can be written.

    Args:
        backend: a name or an alias of a backend, or ``all``.

    Raises:
        InputError: unknown name (says the nearest), or a plug-in whose code nothing here can write.

    >>> chosen("keras"), chosen("all")
    (['tf'], ['torch', 'tf', 'mxnet'])
    """
    name = name_of(backend, EVERY)
    own = [each for each in packages() if each in STYLES]
    if name == EVERY:
        return own
    if name not in STYLES:
        raise InputError(f"backend {name!r} has no templates of code here: what can be written is {', '.join(own)}")
    return [name]


def write(table: Table, backend: str, out: str | os.PathLike | None = None) -> dict[str, Any]:
    """A table as Python files that import the framework and nothing of ours.

    Args:
        table: resolved.
        backend: see `chosen`.
        out: where to write the file; several have the names of their backends before the suffix. None writes none.

    Returns:
        What ``googlenet write --json`` writes; see docs/json.md.

    Raises:
        InputError: see `chosen`; a file that cannot be written, and then none is.

    >>> from common import nets
    >>> write(nets.get("d2l"), "torch")["files"][0]["lines"] < 100
    True
    """
    names = chosen(backend)
    code = {name: written(table, name) for name in names}
    places = {name: _place(out, name if len(names) > 1 else "") for name in names} if out is not None else {}
    with ExitStack() as held:
        for name, place in places.items():
            held.enter_context(replacing(place)).write_text(code[name], encoding="utf-8")
    files = [
        {"backend": name, "file": places.get(name), "lines": text.count("\n"), "code": text}
        for name, text in code.items()
    ]
    return {"network": table.name, "class": class_name(table), "files": files}


def _place(out: str | os.PathLike, name: str) -> str:
    """Where a file is written, with the name of its backend before the suffix where there are several."""
    whole = Path(out)
    return os.fspath(whole.with_name(f"{whole.stem}_{name}{whole.suffix}")) if name and whole.name else os.fspath(out)
