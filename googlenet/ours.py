"""Whether the package ``common`` that Python finds is ours; whatever is imported of us imports this module first.

``common`` is a usual name. A module of that name in the working folder, or in a folder of ``PYTHONPATH``, stands before
ours. Without this check the first import of a part of it would fail, or worse, would not.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

NAME = "common"


def complaint(here: str = __file__) -> str | None:
    """One line that says which module stands in the place of our ``common``, and what to do; None if ours is found.

    Args:
        here: this file; ours lies beside the folder that it is in.

    >>> complaint()
    >>> complaint("/elsewhere/googlenet/ours.py").partition(":")[0]
    "googlenet needs the package 'common' that comes with it, but another one was imported before"
    """
    loaded = sys.modules.get(NAME)
    spec = loaded.__spec__ if loaded is not None else find_spec(NAME)
    file = (spec and spec.origin) or getattr(loaded, "__file__", None)
    own = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(here))), NAME, "__init__.py")
    if file and os.path.realpath(file) == own:
        return None
    if not file and loaded is None:
        return f"googlenet needs the package 'common' that comes with it, but {own} is not there: install it again"
    other = os.path.realpath(file)[-200:] if file else "of no file"
    when = "was imported before" if loaded is not None else "is found first"
    return (
        f"googlenet needs the package 'common' that comes with it, but another one {when}: {other}: "
        "rename that one, or take its folder out of PYTHONPATH and off the working folder"
    )


def is_command() -> bool:
    """Whether this process is the command ``googlenet``, or ``python -m googlenet``, and no program that imports us."""
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1 :][:1] if "-m" in sys.orig_argv else []
    program = os.path.basename(sys.argv[0]) if sys.argv else ""
    return program == "googlenet" or (program in ("-m", "__main__.py") and module == ["googlenet"])


def require() -> None:
    """Require our ``common``.

    Raises:
        ImportError: another one is there; the line of `complaint`.
        SystemExit: the same in the command, which says it on stderr and leaves with 2, as for all bad input.
    """
    line = complaint()
    if line is None:
        return
    if is_command():
        print(f"googlenet: {line}", file=sys.stderr)
        raise SystemExit(2)
    raise ImportError(line)


require()
