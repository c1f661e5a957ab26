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
        out: where to write the file; of several files, ``net.py`` becomes ``net_torch.py`` and so on. None writes
            nothing.

    Returns:
        What ``googlenet write --json`` writes; see docs/json.md.

    Raises:
        InputError: see `chosen`; a file that cannot be written, and then none is.

    >>> from common import nets
    >>> write(nets.get("d2l"), "torch")["files"][0]["lines"]
    97
    """
    files = []
    for name in chosen(backend):
        code = written(table, name)
        path = None if out is None else os.fspath(out)
        if path is not None and len(chosen(backend)) > 1:
            whole = Path(path)
            path = os.fspath(whole.with_name(f"{whole.stem}_{name}{whole.suffix}")) if whole.name else path
        files.append({"backend": name, "file": path, "lines": code.count("\n"), "code": code})
    with ExitStack() as held:
        for each in files:
            if each["file"] is not None:
                temporary = held.enter_context(replacing(each["file"]))
                temporary.write_text(each["code"], encoding="utf-8")
    return {"network": table.name, "class": class_name(table), "files": files}
