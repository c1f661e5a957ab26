"""The source of the framework packages in rows: the same files, with the same functions in the same order."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from common.site.beside import Beside, in_rows
from common.site.parts import divided
from common.written.style import STYLES

FILES = ("layers.py", "blocks.py", "net.py", "build.py", "weights.py", "run.py", "train.py")  # as in docs/design.md


def own_source() -> dict[str, Beside]:
    """By name, the files that all packages have, class by class; a package that is not there has none."""
    folders = {backend: _folder(f"googlenet_{backend}") for backend in STYLES}
    found: dict[str, Beside] = {}
    for name in FILES:
        paths = {backend: folder / name for backend, folder in folders.items() if folder and (folder / name).is_file()}
        if len(paths) == len(STYLES):
            codes = {backend: path.read_text(encoding="utf-8") for backend, path in paths.items()}
            found[name] = in_rows(codes, {backend: divided(code) for backend, code in codes.items()})
    return found


def _folder(package: str) -> Path | None:
    """Where a package lies; its framework is not imported, nor need it be there."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
