"""Gzipped files, read forwards: every checksum is compared, and no more bytes come out than a limit allows."""

import io
import zlib
from typing import BinaryIO

from common.base.errors import InputError

WINDOW = 16 + zlib.MAX_WBITS  # a gzip header and trailer around the data (zlib's manual, inflateInit2)
CHUNK = 1 << 16
SPARE_PARTS = 64  # a gzipped file may be several, one after the other
BYTES_A_PART = 1024  # of compressed data: millions of empty parts would take minutes


def gunzipped(file: BinaryIO, name: str, most: int) -> io.BufferedReader:
    """What a gzipped file holds, as a stream that can be read and skipped forwards.

    Args:
        file: open at its beginning; it stays open.
        name: what errors call it.
        most: bytes that may come out.

    Raises:
        InputError: more bytes come out, or the file is made of too many parts.
        EOFError: the file ends early. Reading raises it, and the next one.
        zlib.error: a broken header or body, or a checksum that differs.

    >>> import gzip
    >>> gunzipped(io.BytesIO(gzip.compress(b"abc") + gzip.compress(b"def")), "a.gz", most=6).read()
    b'abcdef'
    >>> gunzipped(io.BytesIO(gzip.compress(bytes(1000))), "a.gz", most=999).read()
    Traceback (most recent call last):
    common.base.errors.InputError: a.gz: more than 999 bytes when unpacked
    """
    return io.BufferedReader(_Gunzipped(file, name, most), CHUNK)


class _Gunzipped(io.RawIOBase):
    """The stream below the buffer."""

    def __init__(self, file: BinaryIO, name: str, most: int):
        self.file, self.name, self.most = file, name, most
        self.part: zlib._Decompress | None = None  # None: between two parts
        self.parts = self.came = self.position = 0
        self.packed = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Skip forwards by reading. Backwards is an ``OSError``."""
        target = offset + (self.position if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END or target < self.position:
            raise io.UnsupportedOperation("gzipped files are read forwards")
        while self.position < target and self._next(min(CHUNK, target - self.position)):
            pass
        return self.position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._next(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _next(self, count: int) -> bytes:
        """One byte or more, at most ``count``; none at the end."""
        chunk = b""
        while not chunk and (self.part is not None or self._begins()):
            assert self.part is not None
            chunk = self.part.decompress(self.packed, count)  # of no new bytes too: some may be left inside
            self.packed = self.part.unconsumed_tail
            if self.part.eof:
                self.packed, self.part = self.part.unused_data.lstrip(b"\0"), None
            elif not chunk and not self.packed and not self._read():
                raise EOFError("it ends early")
        self.position += len(chunk)
        if self.position > self.most:
            raise InputError(f"{self.name}: more than {self.most} bytes when unpacked")
        return chunk

    def _begins(self) -> bool:
        """Whether another part begins here; zeros after a part are padding."""
        while not self.packed:
            if not self._read():
                if self.parts:
                    return False
                raise EOFError("it is empty")
            if self.parts:
                self.packed = self.packed.lstrip(b"\0")
        self.part, self.parts = zlib.decompressobj(WINDOW), self.parts + 1
        if self.parts > SPARE_PARTS + self.came // BYTES_A_PART:
            raise InputError(f"{self.name}: gzipped in too many parts: pack it again in one")
        return True

    def _read(self) -> bytes:
        self.packed = self.file.read(CHUNK)
        self.came += len(self.packed)
        return self.packed
