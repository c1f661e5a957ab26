"""Files of weights, pictures, archives and official data files: valid ones of each format, then changed."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hostile.driver import EITHER, Case
from hostile.mutation import mutated
from hostile.samples import Samples
from PIL import Image
from support import weight_files

WEIGHTS: dict[str, Callable[[Path], object]] = {
    "w.safetensors": weight_files.write_safetensors,
    "w.pth": weight_files.write_torch,
    "w.pt": weight_files.write_torch_stream,
    "w.caffemodel": weight_files.write_caffe,
    "w.onnx": weight_files.write_onnx,
    "w.pb": weight_files.write_graph,
    "w.h5": weight_files.write_keras_legacy,
    "w.keras": weight_files.write_keras_archive,
}
PICTURES = {"png": {}, "jpeg": {}, "gif": {}, "bmp": {}, "tiff": {}, "webp": {}, "ppm": {}, "ico": {}, "tga": {}}


@cache
def weights(name: str) -> bytes:
    """A small valid file of weights, by the name of the file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        WEIGHTS[name](path)
        return path.read_bytes()


@cache
def picture(kind: str) -> bytes:
    """A small valid picture of a format of Pillow's."""
    pixels = np.random.default_rng(1).integers(0, 256, (40, 33, 3), np.uint8)
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, kind, **PICTURES[kind])
    return memory.getvalue()


@cache
def archive(kind: str) -> bytes:
    """Two classes of two pictures in an archive."""
    memory, image = io.BytesIO(), picture("png")
    names = [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(2)]
    if kind == "zip":
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as made:
            for name in names:
                made.writestr(name, image)
    else:
        with tarfile.open(fileobj=memory, mode="w:gz" if kind == "tar.gz" else "w") as made:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = len(image)
                made.addfile(info, io.BytesIO(image))
    return memory.getvalue()


def write(name: str, data: bytes) -> Callable[[Path], None]:
    """Write one file into the folder of a case."""
    return lambda folder: (folder / name).write_bytes(data) and None


def weight_cases(samples: Samples, rng: random.Random, count: int) -> Iterator[Case]:
    """Changed files of weights, given to ``convert``."""
    for i in range(count):
        name = list(WEIGHTS)[i % len(WEIGHTS)]
        how, data = mutated(weights(name), rng)
        arguments = ("convert", name, "out.safetensors", *rng.choice(((), ("--net", "d2l"))))
        yield Case(f"weights {name} {how} {i}", arguments, write(name, data))  # too small for any table


def picture_cases(samples: Samples, rng: random.Random, count: int) -> Iterator[Case]:
    """Changed pictures, given to ``predict``."""
    for i in range(count):
        kind = list(PICTURES)[i % len(PICTURES)]
        how, data = mutated(picture(kind), rng)
        name = f"p.{kind}"

        def prepare(folder: Path, name: str = name, data: bytes = data) -> None:
            samples.give(folder, "weights")
            (folder / name).write_bytes(data)

        arguments = ("predict", "weights.safetensors", name, "--backend", "torch")
        yield Case(f"picture {kind} {how} {i}", arguments, prepare, EITHER)


def archive_cases(samples: Samples, rng: random.Random, count: int) -> Iterator[Case]:
    """Changed archives of class folders, given to ``evaluate``."""
    for i in range(count):
        kind = ("zip", "tar", "tar.gz")[i % 3]
        how, data = mutated(archive(kind), rng)
        name = f"a.{kind}"

        def prepare(folder: Path, name: str = name, data: bytes = data) -> None:
            samples.give(folder, "weights")
            (folder / name).write_bytes(data)

        # Weights of ten classes, data of two: refused even if the archive is still a good one.
        arguments = ("evaluate", "weights.safetensors", "--data", name, "--backend", "torch")
        yield Case(f"archive {kind} {how} {i}", arguments, prepare, outputs=())
