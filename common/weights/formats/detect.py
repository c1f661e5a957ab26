"""Which kind of file it is, from its first bytes."""

from __future__ import annotations

import re
from pathlib import Path

from common.base.errors import InputError
from common.base.openers import open_file
from common.contract.backend import declarations
from common.weights.budget import AGAIN
from common.weights.formats.faults import reported_for
from common.weights.formats.wire import varint
from common.weights.formats.zipped import opened_zip

MAGIC = {
    b"\x89HDF\r\n\x1a\n": "hdf5",
    (0x112).to_bytes(8, "little"): "gluon",  # mxnet/src/ndarray/ndarray.cc, kMXAPINDArrayListMagic
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.": "torch",  # a pickle of torch.serialization.MAGIC_NUMBER, before 1.6
}
# Both are protobuf, which has no magic. The first byte is the tag of the lowest field that is set. In ONNX's
# ModelProto that is field 1, the number ir_version: 0x08. In Caffe's NetParameter it is field 1, the text name: 0x0a;
# without a name field 2, layers: 0x12, field 3, input: 0x1a, or field 100, layer: 0xa2 0x06.
# TensorFlow's GraphDef begins with field 1 too, but that is a message, a node, which begins with its own field 1.
PROTOBUF = {b"\x08": "onnx", b"\x0a": "caffe", b"\x12": "caffe", b"\x1a": "caffe", b"\xa2\x06": "caffe"}
NODE = b"\x0a"  # the tag of field 1, which is a message or a text
MISTAKEN = {
    rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|\?xml|!--)": "a web page, not weights: download the file itself",
    rb"version https://git-lfs": "a Git LFS pointer, not weights: run git lfs pull, or download the file itself",
    rb"\s*(name|input|layers?)\s*[:{]": "the text of a network, without weights: give the .caffemodel",
    rb"\s*node\s*\{": "the text of a graph of TensorFlow: give the binary .pb",
    rb"\x1f\x8b|.{257}ustar": "an archive: unpack it first",
    rb"\x80[\x02-\x05]": "a pickle, which can run code, and no whole file of torch.save: only its state dicts are read",
}


def kinds() -> str:
    """The kinds of file that are read, in words."""
    own = [f"{found.framework} ({', '.join(found.files.formats)})" for found in declarations().values() if found.files]
    return ", ".join(
        [
            "safetensors",
            "Caffe (.caffemodel)",
            "ONNX (.onnx)",
            "frozen graphs of TensorFlow (.pb)",
            "older Keras (.h5)",
            *own,
        ]
    )


def kind(path: Path) -> str:
    """The reader's name for this file: safetensors, torch, caffe, onnx, tensorflow, hdf5, keras or gluon.

    Raises:
        InputError: missing, a folder, empty, or none of these; says what it is where that is known.
    """
    head = _head(path)
    if not head:
        raise InputError(f"{path}: empty, perhaps a download that never began: {AGAIN}")
    # The length of a header of JSON, then the header. First, because the length can look like anything: that of
    # 0x112 bytes like Gluon's magic, that of 0x280 bytes like a pickle.
    if head[4:9] == b"\0\0\0\0{":
        return "safetensors"
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    for start, found in MAGIC.items():
        if head.startswith(start):
            return found
    for pattern, what in MISTAKEN.items():
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            raise InputError(f"{path}: {what}")
    if _is_graph(head):
        return "tensorflow"
    for start, found in PROTOBUF.items():
        if head.startswith(start):
            return found
    raise InputError(
        f"{path}: not a weight file of a known kind, or only a few bytes of one; these are read: {kinds()}"
    )


def _is_graph(head: bytes) -> bool:
    """Whether it begins like a GraphDef: a message of at least two bytes whose first field is its name."""
    if head[:1] != NODE:
        return False
    try:
        length, begin = varint(memoryview(head), 1)
    except (EOFError, ValueError):
        return False
    return length >= 2 and head[begin : begin + 1] == NODE


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: a folder: give the weight file itself")
    with open_file(path) as file:
        return file.read(512)


def _zipped(path: Path) -> str:
    with (
        open_file(path) as file,
        reported_for(path, "not a whole zip file, as PyTorch and Keras write them"),
        opened_zip(path, file) as archive,
    ):
        names = archive.namelist()
    if "model.weights.h5" in names:
        return "keras"
    # torch.save puts everything into one folder, and so does torch.jit.save, with its program beside it.
    if any(name.endswith("/constants.pkl") for name in names):
        raise InputError(f"{path}: a TorchScript program, which can run code: save its state_dict() with torch.save")
    if any(name.endswith("/data.pkl") for name in names):
        return "torch"
    raise InputError(f"{path}: a zip file, but neither of torch.save nor of Keras; these are read: {kinds()}")
