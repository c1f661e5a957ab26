"""Sets of small pictures, and a network that makes few features of them, so that few pictures are enough."""

from support.pictures import picture
from support.small_runs import TINY

from common import nets
from common.data.preprocessing import Preprocessing
from common.table.drawing import probing
from common.weights.bundle import Bundle

TABLE = nets.get(TINY)
WIDTH = 16  # features that TINY's classifier gets
SMALL = Preprocessing((32, 32), None, mean=(0.4, 0.5, 0.6), std=(0.25, 0.3, 0.2))


def trained(seed=0, dtype="float64", preprocessing=SMALL):
    """Weights of `TINY` of every size."""
    return Bundle(TABLE, probing(TABLE, seed=seed, dtype=dtype), preprocessing)


def folder(path, count, seed=0):
    """A folder with so many pictures of several sizes, some of them in a folder in it; the path."""
    (path / "more").mkdir(parents=True)
    for i in range(count):
        place = path / "more" if i % 3 == 0 else path
        picture(place / f"{i:03}.png", (30 + i % 5, 36 - i % 4), seed + i)
    return path
