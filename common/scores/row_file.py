"""Features of any number of images, kept on the disk and not in memory."""

from __future__ import annotations

import errno
import tempfile
from types import TracebackType

import numpy as np

from common.base.errors import InputError


class RowFile:
    """Rows of D numbers in a temporary file, which is gone when the ``with`` block or the process ends.

    It has a length and takes arrays of numbers of rows, as an array N x D does (`common.scores.spread.Rows`). Rows of
    2,048 features in float32 take 8 KiB for each image. The file lies in the folder of ``$TMPDIR``.

    >>> with RowFile() as rows:
    ...     rows.append(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    ...     len(rows), rows[np.array([2, 0])].tolist()
    (3, [[5.0, 6.0], [1.0, 2.0]])
    """

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="googlenet-features-")  # noqa: SIM115  (open as long as this)
        except OSError as error:
            raise _no_room(error) from None
        self._count = 0
        self._row = np.empty(0)  # what all rows are like: their width and dtype

    def __enter__(self) -> RowFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def append(self, rows: np.ndarray) -> None:
        """Add rows, N x D; all have the D and the dtype of the first.

        Raises:
            InputError: another D or dtype, or no room on the disk.
        """
        if self._count == 0:
            self._row = np.empty(rows.shape[1], rows.dtype)
        if rows.shape[1:] != self._row.shape or rows.dtype != self._row.dtype:
            raise InputError(
                f"rows of {rows.shape[1:]} {rows.dtype} behind such of {self._row.shape} {self._row.dtype}"
            )
        try:
            self._file.seek(self._count * self._row.nbytes)
            self._file.write(np.ascontiguousarray(rows).data)
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from None
        self._count += len(rows)

    def __getitem__(self, numbers: np.ndarray) -> np.ndarray:
        """The rows of these numbers, from 0 on, n x D in the order asked for."""
        rows = np.empty((len(numbers), *self._row.shape), self._row.dtype)
        for place in np.argsort(numbers, kind="stable"):  # from the front of the file to its end
            self._file.seek(int(numbers[place]) * self._row.nbytes)
            self._file.readinto(rows[place].data)
        return rows


def _no_room(error: OSError) -> InputError:
    why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
    return InputError(
        f"{tempfile.gettempdir()}: features cannot be kept there: {why}: set TMPDIR to a folder with room"
    )
