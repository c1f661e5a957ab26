"""What is in a .tar, .tar.gz, .tgz or .zip, one file after the other; nothing is written, and nothing is trusted."""

import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from common.base.errors import InputError

GZIPPED = (".tar.gz", ".tgz")
SUFFIXES = (*GZIPPED, ".tar", ".zip")
LONGEST_HEADER = 1 << 20  # of a long name or the like, which tarfile reads into memory
CHUNK = 1 << 20
UTF8 = 0x800  # the flag of a zip's member that its name is UTF-8
BROKEN = (  # what reading a broken archive, or one that is made up, can raise
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_archive(path: Path) -> bool:
    """By its name."""
    return path.name.lower().endswith(SUFFIXES)


def stem(path: Path) -> str:
    """Its name without what says that it is an archive.

    Raises:
        InputError: its name does not say so.
    """
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    raise InputError(f"{path}: neither a folder nor one of {', '.join(SUFFIXES)}")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Iterator[tuple[PurePosixPath, BinaryIO | None]], int | None]]:
    """The members of an archive, and how many there are, or None where only reading it to its end would tell.

    A member is its name and an open file, or None for a folder; it must be read before the next one is asked for.
    Whoever asks for all of them has also had the archive checked: that it is whole, and, if gzipped, its checksum.

    Raises:
        InputError: broken or truncated; a member that is neither file nor folder, or whose name leads out
            of the folder it is unpacked to. Errors of the block become this one if they come from reading.
    """
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                yield _in_zip(path, archive), len(archive.infolist())
        else:
            plain = gzip.open if path.name.lower().endswith(GZIPPED) else open
            with plain(path, "rb") as file:
                yield _in_tar(path, file), None
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(f"{path}: broken or truncated: {error}") from None


def _in_zip(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[PurePosixPath, BinaryIO | None]]:
    for info in archive.infolist():
        name = _safe(path, _zip_name(info))
        kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was not made on Unix
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError(f"{path}: the member {info.filename!r} is neither a file nor a folder")
        if info.is_dir():
            yield name, None
        else:
            with archive.open(info) as file:
                yield name, file


def _zip_name(info: zipfile.ZipInfo) -> str:
    """macOS writes UTF-8 and does not say so, whereupon zipfile reads it as code page 437."""
    if not info.flag_bits & UTF8:
        try:
            return info.filename.encode("cp437").decode()
        except UnicodeError:
            pass
    return info.filename


def _in_tar(path: Path, stream: BinaryIO) -> Iterator[tuple[PurePosixPath, BinaryIO | None]]:
    with tarfile.open(fileobj=stream, mode="r:", tarinfo=_Strict) as archive:
        for info in archive:
            name = _safe(path, info.name)
            if not (info.isdir() or info.isreg()):
                raise InputError(f"{path}: the member {info.name!r} is neither a file nor a folder")
            yield name, None if info.isdir() else archive.extractfile(info)
            archive.members.clear()  # it would keep them all
    while stream.read(CHUNK):  # gzip compares its checksum at the end
        pass


class _Strict(tarfile.TarInfo):
    """A header that is broken or cut off is an error; tarfile itself takes any but the first for the end.

    So is a size below zero, with which tarfile goes back and finds the same members for ever.
    """

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        try:
            made = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # the block of zeros that ends an archive
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None
        if made.type not in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE) and made.size > LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {made.size} bytes")
        return made

    def _block(self, count):
        if count < 0:
            raise tarfile.ReadError(f"a member of {count} bytes")
        return super()._block(count)


def _safe(path: Path, name: str) -> PurePosixPath:
    inside = PurePosixPath(name)
    if not name:
        raise InputError(f"{path}: a member without a name")
    if inside.is_absolute() or ".." in inside.parts:
        raise InputError(f"{path}: the member {name!r} would leave the folder it is unpacked to")
    return inside
