"""What every other room stands on: errors, whole files, locks, signals, progress, memory, and text fit for a line."""

from common.base.errors import InputError, MissingBackend, ShapeError, choose, root_cause
from common.base.files import replacing
from common.base.locks import lock
from common.base.printable import as_line
from common.base.progress import Progress

__all__ = [
    "InputError",
    "MissingBackend",
    "Progress",
    "ShapeError",
    "as_line",
    "choose",
    "lock",
    "replacing",
    "root_cause",
]
