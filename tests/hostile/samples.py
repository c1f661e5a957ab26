"""Good inputs, made once: the files that cases change or stand beside."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from support.data_files import write_classes

from common import nets
from common.data.preprocessing import Preprocessing
from common.table.drawing import initial
from common.weights.canonical import save


@dataclass(frozen=True)
class Samples:
    """Where the good inputs lie.

    Attributes:
        weights: a file of weights for d2l.
        picture: a small PNG.
        classes: class folders of small pictures.
        run: a finished run of d2l_bn, of one step.
    """

    weights: Path
    picture: Path
    classes: Path
    run: Path

    def give(self, folder: Path, *names: str) -> None:
        """Put some of them into a folder, by the names of the attributes: without copying, where that can be."""
        for name in names:
            source: Path = getattr(self, name)
            if source.is_dir():
                shutil.copytree(source, folder / name, copy_function=os.link)
            else:
                os.link(source, folder / source.name)


def make(folder: Path, train) -> Samples:
    """Make the good inputs in a folder; ``train`` runs ``googlenet train`` with arguments."""
    table = nets.get("d2l")
    grey = Preprocessing((32, 32), (32, 32), order="L", mean=(0.5,), std=(0.5,))
    save(folder / "weights.safetensors", initial(table, seed=0), table, preprocessing=grey)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 33, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "picture.png")
    write_classes(folder / "classes", {"cat": 4, "dog": 4}, size=(32, 32))
    arguments = ("--data", folder / "classes", "--image-size", 32, "--batch", 4, "--epochs", 1, "--validation", 0.25)
    train("train", "d2l_bn", *arguments, "--backend", "torch", "--out", folder / "run")
    return Samples(folder / "weights.safetensors", folder / "picture.png", folder / "classes", folder / "run")
