"""The published variants of features: what each does otherwise, and who had it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from common.base.errors import InputError
from common.data.fid import NAMED
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.padding import Pad
from common.table.resolve import transform_network
from common.table.spec import AvgPool, MaxPool, Node
from common.weights.bundle import Bundle

QUALITY = 75  # of JPEG, Pillow's own


def _same(picture: Image.Image) -> Image.Image:
    return picture


@dataclass(frozen=True)
class Variant:
    """Another way to make features, which is taken for the right one.

    Attributes:
        name: in a few words.
        had_by: who had it.
        table: from the table to what the variant takes for it.
        preprocessing: from the preprocessing to the variant's.
        picture: from a picture of the second set to what the variant makes of it; those of the first stay.
        training: normalise by the statistics of the batch.
    """

    name: str
    had_by: str
    table: Callable[[Table], Table] = lambda table: table
    preprocessing: Callable[[Preprocessing], Preprocessing] = lambda preprocessing: preprocessing
    picture: Callable[[Image.Image], Image.Image] = _same
    training: bool = False

    @property
    def of_pictures(self) -> bool:
        """Whether it changes the pictures of the second set, and nothing else."""
        return self.picture is not _same

    def applied(self, trained: Bundle) -> Bundle | None:
        """The network and the preprocessing of the variant; None where these are as they were, or cannot be so.

        >>> from common import nets
        >>> trained = Bundle(nets.get("inception_v3:fid"), {}, NAMED["fid"])
        >>> [variant.name for variant in VARIANTS if variant.applied(trained) is None]
        []
        """
        assert trained.preprocessing is not None
        try:
            changed = replace(
                trained, table=self.table(trained.table), preprocessing=self.preprocessing(trained.preprocessing)
            )
        except InputError:
            return None
        other = (changed.table, changed.preprocessing) != (trained.table, trained.preprocessing)
        if self.training:
            return trained if trained.table.norms else None
        return changed if other or self.of_pictures else None


def counting(table: Table) -> Table:
    """The network with average pools that count the zeros around the map."""

    def counted(node: Node) -> Node:
        pads = isinstance(node, AvgPool) and node.padding != Pad((0, 0), (0, 0))
        return replace(node, count_padding=True) if pads and isinstance(node, AvgPool) else node

    return transform_network(table, counted)


def averaging(table: Table) -> Table:
    """The network with an average for each maximum that keeps the size of its map, as in the pool path of block 7c."""

    def averaged(node: Node) -> Node:
        kept = isinstance(node, MaxPool) and node.stride in (1, (1, 1))
        return AvgPool(node.kernel, padding=node.padding) if kept and isinstance(node, MaxPool) else node

    return transform_network(table, averaged)


def as_jpeg(picture: Image.Image) -> Image.Image:
    """The picture after it was saved as JPEG of quality 75.

    >>> as_jpeg(Image.new("RGB", (8, 8), "red")).size
    (8, 8)
    """
    file = BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return Image.open(file).convert("RGB")


def _named(name: str) -> Callable[[Preprocessing], Preprocessing]:
    """From a preprocessing to one of `common.data.fid.NAMED`, or for another network to its way of resizing alone."""

    def change(own: Preprocessing) -> Preprocessing:
        return NAMED[name] if own in NAMED.values() else replace(own, interpolation=NAMED[name].interpolation)

    return change


VARIANTS = (
    Variant(
        "average pools count the padding",
        "pytorch-fid until its pull request 16 (May 2019): torchvision's blocks",
        table=counting,
    ),
    Variant(
        "an average for the maximum in 7c",
        "pytorch-fid until its pull request 16 (May 2019); every other Inception v3",
        table=averaging,
    ),
    Variant(
        "torchvision's table",
        "pytorch-fid issues 11 and 17, torchvision issue 926, ignite issue 2423; there with other weights too",
        table=lambda table: counting(averaging(table)),
    ),
    Variant(
        "resized as pytorch-fid does",
        "pytorch-fid (its issues 14 and 39): centres of pixels at halves",
        preprocessing=_named("pytorch-fid"),
    ),
    Variant(
        "resized as clean-fid does",
        "clean-fid, Parmar et al. 2022: bicubic with antialiasing",
        preprocessing=_named("clean-fid"),
    ),
    Variant(
        "resized to whole numbers",
        "loaders that resize with Pillow: bilinear with antialiasing, rounded to 8 bits",
        preprocessing=lambda own: replace(own, interpolation="bilinear"),
    ),
    Variant(
        "normalisation in training mode",
        "denoising-diffusion-pytorch issue 234, FreezeD issue 3: eval() was forgotten",
        training=True,
    ),
    Variant(
        "the second set as JPEG",
        f"Parmar et al. 2022: one set saved as JPEG, here of quality {QUALITY}",
        picture=as_jpeg,
    ),
)
