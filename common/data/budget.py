"""How much an archive may unpack to: in proportion to its own size, because a few kilobytes can hold gigabytes."""

from dataclasses import dataclass

MOST_BYTES = 64 << 30  # unpacked, whatever the size of the archive
MOST_MEMBERS = 4_000_000
SPARE_BYTES = 64 << 20  # for the smallest archive
SPARE_MEMBERS = 1000
MOST_SMALL = 100_000  # members of an archive of the smallest images
BYTES_A_SMALL = 96  # packed, of one of them with its name; those of 28x28 pixels take 200
RATIO = 20  # pictures are packed already: archives of them unpack to little more than their own size
BYTES_A_MEMBER = 1024  # of those beyond; an image of 32x32 pixels takes about two thousand
HEADERS = 2048  # bytes of a tar's headers and padding for each member
MOST_DEPTH = 32  # folders within folders
LONGEST_NAME = 255  # bytes of a name of a file or folder, which no common file system exceeds


@dataclass(frozen=True)
class Budget:
    """What one archive may unpack to.

    Attributes:
        bytes: of all files together.
        members: files and folders.
    """

    bytes: int
    members: int

    @property
    def stream(self) -> int:
        """Bytes of the tar file that a .tar.gz unpacks to: the files and what stands between them."""
        return self.bytes + HEADERS * self.members


def budget(size: int) -> Budget:
    """The budget of an archive of ``size`` bytes.

    >>> budget(1 << 20)
    Budget(bytes=88080384, members=11922)
    """
    members = SPARE_MEMBERS + min(size // BYTES_A_SMALL, MOST_SMALL + size // BYTES_A_MEMBER)
    return Budget(min(MOST_BYTES, SPARE_BYTES + RATIO * size), min(MOST_MEMBERS, members))
