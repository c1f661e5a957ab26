"""Tiny files of the official formats, written by their specifications, and what is asked of an error."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from common.base.errors import InputError


def refused(call, *parts):
    """Require one printable line with these parts in it, and return it."""
    with pytest.raises(InputError) as caught:
        call()
    line = str(caught.value)
    assert line.isprintable()
    assert [part for part in map(str, parts) if part not in line] == [], line
    return line


def noise(*shape, seed=0, top=256):
    return np.random.default_rng([seed, *shape]).integers(0, top, shape, np.uint8)


def idx(array, kind=0x08):
    """An IDX file."""
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_fashion(folder, train=7, test=5, zipped=True):
    """The four files; the images and labels in them, by part."""
    made = {}
    for part, count in (("train", train), ("t10k", test)):
        images, labels = noise(count, 28, 28, seed=count), noise(count, seed=count, top=10)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            contents, name = idx(array), f"{part}-{kind}-ubyte"
            (folder / (f"{name}.gz" if zipped else name)).write_bytes(gzip.compress(contents) if zipped else contents)
        made[part] = images, labels
    return made


def cifar_batches(count=3):
    """Name without suffix to (images, N x 32 x 32 x 3; labels, N)."""
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    return {name: (noise(count, 32, 32, 3, seed=i), noise(count, seed=i, top=10)) for i, name in enumerate(names)}


def planes(images):
    """N x 3072: the red plane, the green, the blue."""
    return np.stack([images[..., channel].reshape(len(images), -1) for channel in range(3)], 1).reshape(len(images), -1)


def cifar_binary(images, labels):
    return b"".join(bytes([label]) + row.tobytes() for label, row in zip(labels, planes(images), strict=True))


def python2(value):
    """Opcodes of a pickle as Python 2's cPickle writes them with protocol 2."""
    if isinstance(value, bytes):
        return b"T" + struct.pack("<I", len(value)) + value
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, tuple):
        return b"(" + b"".join(map(python2, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(python2, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(python2(key) + python2(item) for key, item in value.items()) + b"u"
    return value.opcodes  # an `Opcodes`


class Opcodes:
    def __init__(self, opcodes):
        self.opcodes = opcodes


def array2(shape, dtype, values, fortran=0, module=b"numpy.core.multiarray"):
    """A NumPy array as Python 2 pickles it; ``fortran`` is the flag for the order of the values."""
    made = b"c" + module + b"\n_reconstruct\n" + b"cnumpy\nndarray\n" + python2((0,)) + python2(b"b") + b"\x87R"
    kind = b"cnumpy\ndtype\n" + python2((dtype, 0, 1)) + b"R("
    kind += python2(3) + python2(b"|") + b"NNN" + python2(-1) + python2(-1) + python2(0) + b"tb"
    state = b"(" + python2(1) + python2(shape) + kind + (b"\x89", b"\x88")[fortran] + python2(values) + b"t"
    return Opcodes(made + state + b"b")


def pickled2(value):
    return b"\x80\x02" + python2(value) + b"."


def cifar_python(images, labels):
    rows = planes(images)
    batch = {
        b"data": array2(rows.shape, b"u1", rows.tobytes()),
        b"labels": labels.tolist(),
        b"batch_label": b"a batch",
        b"filenames": [b"a.png"] * len(labels),
    }
    return pickled2(batch)


def write_classes(folder, counts, size=(9, 7), suffix=".png", seed=0):
    """A folder of class folders: name of the class to how many images."""
    width, height = size
    for at, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            Image.fromarray(noise(height, width, 3, seed=seed + 100 * at + i)).save(folder / name / f"{i}{suffix}")
    return folder
