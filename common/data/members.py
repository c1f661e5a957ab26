"""What is in a .tar, .tar.gz, .tgz or .zip, one file after the other; nothing is written, and nothing is trusted."""

import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from common.base.errors import InputError
from common.base.openers import check_file, open_file
from common.data.budget import LONGEST_NAME, MOST_DEPTH, Budget, budget
from common.data.gunzip import gunzipped
from common.data.tars import HeaderChecked, StrictTar

GZIPPED = (".tar.gz", ".tgz")
SUFFIXES = (*GZIPPED, ".tar", ".zip")
CHUNK = 1 << 20
UTF8 = 0x800  # the flag of a zip's member that its name is UTF-8
ENCRYPTED = 0x1
LETTERS = 60  # of a member's name, in an error
DIRECTORY = 512 << 20  # bytes of a zip's directory, which zipfile reads at once
ENTRY = b"PK\1\2"  # what each entry of that directory begins with
BROKEN = (  # what reading a broken archive, or one that is made up, can raise
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)

Member = tuple[PurePosixPath, IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """Whether a path is that of an archive, by its name.

    >>> is_archive(Path("pets.tar.gz")), is_archive(Path("PETS.ZIP")), is_archive(Path("pets.gz"))
    (True, True, False)
    """
    return path.name.lower().endswith(SUFFIXES)


def stem(path: Path) -> str:
    """The name of an archive without its suffix.

    Raises:
        InputError: the name has no suffix of an archive.

    >>> stem(Path("data/pets.tar.gz"))
    'pets'
    """
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    raise InputError(f"{path}: neither a folder nor one of {', '.join(SUFFIXES)}")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Iterator[Member], int | None]]:
    """The members of an archive, and how many there are, or None where only reading it to its end would tell.

    A member is its name and an open file, or None for a folder; it must be read before the next one is asked for.
    Whoever asks for all of them has also had the archive checked: that it is whole, and, if gzipped, its checksum.
    A .tar.gz that unpacks to more than its budget (`common.data.budget`) is refused while it is read; so is any archive
    of more members than that. Whoever writes the files counts their bytes.

    Raises:
        InputError: no regular file; broken or truncated; too much in it; a member that is neither file nor folder, is
            encrypted or packed in a rare way, or has a name that no folder can hold or that leads out of it. Errors of
            the block become this one if they come from reading.
    """
    allowed = budget(check_file(path, "archive").st_size)
    try:
        with open_file(path, "archive") as file:
            if path.name.lower().endswith(".zip"):
                with _DirectoryChecked(file, path, allowed.members) as checked, zipfile.ZipFile(checked) as archive:
                    yield _in_zip(path, archive), len(archive.infolist())
            elif path.name.lower().endswith(GZIPPED):
                with gunzipped(file, str(path), allowed.stream) as stream:
                    yield _in_tar(path, stream, allowed), None
            else:
                yield _in_tar(path, file, allowed), None
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(f"{path}: broken or truncated: {error}") from None


def _too_many(path: Path, members: int) -> InputError:
    """The error of an archive with more files and folders than its budget."""
    return InputError(f"{path}: more than {members} members; unpack it yourself and give the folder")


class _DirectoryChecked(io.BufferedReader):
    """A zip file whose directory is counted before zipfile makes an object of each entry in it."""

    def __init__(self, file: BinaryIO, path: Path, members: int):
        super().__init__(io.FileIO(os.dup(file.fileno()), "rb"))
        self.path, self.members = path, members

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > DIRECTORY:
            raise zipfile.BadZipFile(f"a directory of {size} bytes")
        contents = super().read(size)
        if contents.count(ENTRY) > self.members:
            raise _too_many(self.path, self.members)
        return contents


def _in_zip(path: Path, archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        name = _safe(path, _zip_name(info))
        shown = _shown(info.filename)
        kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was not made on Unix
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError(f"{path}: the member {shown} is neither a file nor a folder")
        if info.flag_bits & ENCRYPTED:
            raise InputError(f"{path}: the member {shown} is encrypted: pack it again without a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Python unpacks a piece of these at once, and 4 KiB of bzip2 can be gigabytes.
            raise InputError(f"{path}: the member {shown} is neither stored nor deflated: pack it again with deflate")
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


def _in_tar(path: Path, stream: BinaryIO | io.BufferedReader, allowed: Budget) -> Iterator[Member]:
    with StrictTar.open(fileobj=stream, mode="r:", tarinfo=HeaderChecked) as archive:
        for number, info in enumerate(archive):
            if number >= allowed.members:
                raise _too_many(path, allowed.members)
            name = _safe(path, info.name)
            if not (info.isdir() or info.isreg()):
                raise InputError(f"{path}: the member {_shown(info.name)} is neither a file nor a folder")
            yield name, None if info.isdir() else archive.extractfile(info)
            archive.forget()
    while stream.read(CHUNK):  # the checksum of a gzipped file comes at its end
        pass


def _safe(path: Path, name: str) -> PurePosixPath:
    """A member's name as a path inside the folder that it is unpacked to."""
    inside = PurePosixPath(name)
    if not name:
        raise InputError(f"{path}: a member without a name")
    if inside.is_absolute() or ".." in inside.parts:
        raise InputError(f"{path}: the member {_shown(name)} would leave the folder it is unpacked to")
    if len(inside.parts) > MOST_DEPTH:
        raise InputError(f"{path}: the member {_shown(name)} lies more than {MOST_DEPTH} folders deep")
    if "\0" in name or any(len(os.fsencode(part)) > LONGEST_NAME for part in inside.parts):
        raise InputError(f"{path}: the member {_shown(name)} has a name that no file can have")
    return inside


def _shown(name: str) -> str:
    """A member's name in an error: quoted, and cut if it is long."""
    return repr(name if len(name) <= LETTERS else f"{name[:LETTERS]}…")
