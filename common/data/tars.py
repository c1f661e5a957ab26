"""Tar files, read by Python's tarfile but believed less: a header that is odd is an error, and none costs memory."""

import tarfile

LONGEST_HEADER = 1 << 20  # bytes of a long name or the like, which tarfile reads into memory
MOST_EXTENDED = 24  # headers one after the other, which say something of the member after them
MOST_GLOBAL = 16  # headers that say something of all members to come; tarfile keeps what they say
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.DIRTYPE)


class StrictTar(tarfile.TarFile):
    """A tar file that is read once, from its beginning to its end."""

    extended = 0  # headers since the last member
    shared = 0  # global headers

    def forget(self) -> None:
        """Let go of the members read so far; tarfile would keep them all."""
        self.members: list[tarfile.TarInfo] = []
        self.extended = 0


class HeaderChecked(tarfile.TarInfo):
    """A header that is broken or cut off is an error; tarfile itself takes any but the first for the end.

    So is a size below zero, with which tarfile goes back and finds the same members for ever; a sparse file, of which
    a few bytes describe any number of holes; and a chain of headers, for each of which tarfile calls itself.
    """

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        """The header in a block; the rules for sizes and sparse files."""
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # the block of zeros that ends an archive
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a sparse member: pack it again without holes")
        if header.type not in PLAIN and header.size > LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {header.size} bytes")
        return header

    def _proc_pax(self, archive):
        self._count(archive)
        return super()._proc_pax(archive)

    def _proc_gnulong(self, archive):
        self._count(archive)
        return super()._proc_gnulong(archive)

    def _count(self, archive):
        archive.extended += 1
        archive.shared += self.type == tarfile.XGLTYPE
        if archive.extended > MOST_EXTENDED or archive.shared > MOST_GLOBAL:
            raise tarfile.ReadError("too many headers for one member")

    def _proc_gnusparse_00(self, *_):
        raise tarfile.ReadError("a sparse member: pack it again without holes")

    _proc_gnusparse_01 = _proc_gnusparse_10 = _proc_gnusparse_00

    def _block(self, count):
        if count < 0:
            raise tarfile.ReadError(f"a member of {count} bytes")
        return super()._block(count)
