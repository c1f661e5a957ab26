"""What every other room stands on: errors, whole files, locks, signals, progress, and text fit for a line."""

from common.base.errors import InputError, MissingBackend, ShapeError, choose
from common.base.files import replacing
from common.base.locks import lock
from common.base.printable import printable as as_line
from common.base.progress import Progress

__all__ = ["InputError", "MissingBackend", "Progress", "ShapeError", "as_line", "choose", "lock", "replacing"]
