"""PyTorch files that are wrong: archives, streams, and the pickles in them."""

import struct
import zipfile

from support.hostile_weights.hostile import HUGE, contents


def pickled(*tensors, names=None):
    """The pickle of a state dict of tensors, each (storage key, numbers, offset, shape, stride)."""
    out = [b"\x80\x02}("]
    for i, (key, numbers, offset, shape_, stride) in enumerate(tensors):
        name = names[i] if names else f"t{i}"
        out += [
            text(name),
            b"ctorch._utils\n_rebuild_tensor_v2\n((",
            text("storage"),
            b"ctorch\nFloatStorage\n",
            text(key),
        ]
        out += [text("cpu"), integer(numbers), b"tQ", integer(offset), b"(", *map(integer, shape_), b"t"]
        out += [b"(", *map(integer, stride), b"t\x89ccollections\nOrderedDict\n)RtR"]
    return b"".join([*out, b"u."])


def text(words):
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def integer(number):
    if -(1 << 31) <= number < 1 << 31:
        return b"J" + struct.pack("<i", number)
    data = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + struct.pack("<I", len(data)) + data


def torch_zip(pickle, compression=zipfile.ZIP_STORED, comment=b"", more=(), **records):
    def write(path):
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("w/data.pkl", pickle)
            archive.writestr("w/byteorder", "little")
            for name, data in {"0": bytes(16), **records}.items():
                archive.writestr(f"w/data/{name}", data)
            archive.writestr("w/version", "3\n")
            for name, data in more:
                archive.writestr(name, data)
            archive.comment = comment

    return write


STREAM = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}(X\x0d\0\0\0little_endian\x88u."


def doubling(levels):
    """A tuple of a tuple twice, of a tuple twice, and so on: short, and large to hash."""
    return b")q\0" + b"".join(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(levels))


def of_torch():
    four = ("0", 4, 0, (4,), (1,))
    yield "deflated", torch_zip(pickled(four), zipfile.ZIP_DEFLATED), "compressed, as torch.save never does"
    yield "zeros-deflated", torch_zip(pickled(four), zipfile.ZIP_DEFLATED, **{"0": bytes(50_000_000)}), "compressed"
    for size in HUGE:
        yield f"expanded-{size}", torch_zip(pickled(("0", 4, 0, (size,), (0,)))), ""
        yield f"shape-{size}", torch_zip(pickled(("0", 4, 0, (size,), (1,)))), ""
        yield f"stride-{size}", torch_zip(pickled(("0", 4, 0, (2, 2), (size, 1)))), ""
        yield f"offset-{size}", torch_zip(pickled(("0", 4, size, (4,), (1,)))), ""
        yield f"storage-{size}", torch_zip(pickled(("0", size, 0, (4,), (1,)))), ""
        yield (
            f"stream-storage-{size}",
            contents(STREAM + pickled(("0", size, 0, (4,), (1,))) + b"\x80\x02]X\x01\0\0\x000a."),
            "",
        )
    yield "expanded-to-4-GB", torch_zip(pickled(("0", 4, 0, (1 << 15, 1 << 15), (0, 0)))), "would take 4,294,967,296"
    yield "many-of-one", torch_zip(pickled(*[("0", 4, 0, (1 << 20,), (0,))] * 100)), "would take"
    yield "negative-shape", torch_zip(pickled(("0", 4, 0, (-4,), (1,)))), ""
    yield "negative-offset", torch_zip(pickled(("0", 4, -4, (4,), (1,)))), ""
    yield "100-axes", torch_zip(pickled(("0", 4, 0, (1,) * 100, (1,) * 100))), ""
    yield "no-storage", torch_zip(pickled(("9", 4, 0, (4,), (1,)))), ""
    yield "storage-elsewhere", torch_zip(pickled(("../version", 4, 0, (4,), (1,)))), ""
    yield "names-of-lists", torch_zip(b"\x80\x02}(]K\x01u."), ""
    yield "name-of-5000-digits", torch_zip(b"\x80\x02}(" + integer(1 << 20_000) + b"K\x01u."), ""
    yield "long-name", torch_zip(pickled(four, names=["n" * 100_000])), None
    yield "same-name-twice", torch_zip(pickled(four, four, names=["a", "a"])), None
    yield "doubling-as-key", torch_zip(b"\x80\x02}(" + doubling(60) + b"K\x01u."), "makes far more of itself"
    yield "doubling-in-stream", contents(STREAM + b"\x80\x02}(" + doubling(60) + b"K\x01u."), "makes far more of itself"
    yield "3-MB-of-lists", torch_zip(b"\x80\x02" + b"]" * 3_000_000 + b"."), "longer than the names and shapes"
    yield (
        "3-MB-of-lists-in-stream",
        contents(STREAM + b"\x80\x02" + b"]" * 3_000_000),
        "longer than the names and shapes",
    )
    yield "marks", torch_zip(b"\x80\x02" + b"(" * 1_000_000 + b"."), ""
    yield "no-stack", torch_zip(b"\x80\x02u."), "it is damaged"
    yield "no-memo", torch_zip(b"\x80\x02h\x07."), "it is damaged"
    yield "no-end", torch_zip(b"\x80\x02}"), ""
    yield "long-text", torch_zip(b"\x80\x02X\xff\xff\xff\x7fa."), ""
    yield "a-call", torch_zip(b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R."), "holds os.system, which is code"
    yield "behind-it", torch_zip(pickled(four), comment=b"PK\5\6" + bytes(18)), ""
    yield "member-twice", torch_zip(pickled(four), more=[("w/data.pkl", pickled(four))]), "two members of the archive"
    yield "two-pickles", torch_zip(pickled(four), more=[("v/data.pkl", doubling(60) + b".")]), ""
    yield "25000-tensors", torch_zip(pickled(*[("0", 4, 0, (0,), (1,))] * 10_000)), ""
    yield "stream-alone", contents(STREAM), "it is cut short"
