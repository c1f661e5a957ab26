"""What one process is told to compute, as a line of JSON."""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from common.table.analysis import Table

if TYPE_CHECKING:
    import numpy as np


PRODUCT = 2048  # rows and columns of matrices, unless a job says otherwise


@dataclass(frozen=True)
class Job:
    """One provider, one way, one size of batch.

    Attributes:
        provider: a backend, or a runtime of `common.bench.exported`.
        way: ``plain``, ``fast``, ``compiled`` (the fast way as machine code), ``bfloat16`` (the fast way in it),
            ``layers`` (which is plain, and tells of each layer), ``trainer``, ``loop``, ``run`` (the trainer in a whole
            run), ``export``, or whose network it is of `common.bench.others`.
        table: the network; that of another is told by the table that it is.
        shape: (C, H, W) of the images.
        batch: images a call.
        dtype: what is computed in.
        threads: what the provider is given.
        folder: an empty one, for files that the process needs.
        product: rows and columns of the matrices whose product tells what the machine can do.
        seed: of weights, images and labels.
    """

    provider: str
    way: str
    table: Table
    shape: tuple[int, int, int]
    batch: int
    dtype: str
    threads: int
    folder: str
    product: int = PRODUCT
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain texts and numbers; the table is pickled, and read by a process of ours only."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**plain, "table": b64encode(pickle.dumps(self.table)).decode()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Job:
        """The job of `to_json`."""
        table = pickle.loads(b64decode(told["table"]))
        return cls(**{**told, "table": table, "shape": tuple(told["shape"])})

    def images(self) -> np.ndarray:
        """The batch, N x C x H x W, in the dtype that nets get."""
        from common.data.images import random_images

        return random_images(self.batch, self.shape, self.seed).astype(self.net_dtype)

    def labels(self) -> np.ndarray:
        """The class of each image."""
        import numpy as np

        return np.random.default_rng(self.seed).integers(0, self.table.num_classes, self.batch)

    @property
    def net_dtype(self) -> str:
        """The dtype of weights and images: bfloat16 is for products only."""
        return "float32" if self.dtype == "bfloat16" else self.dtype
