"""MXNet's files of parameters that are wrong."""

import struct

from support.hostile_weights.hostile import HUGE, contents


def gluon_array(shape_=(1,), data=bytes(4), magic=0xF993FAC9, stype=0, kind=0, axes=None):
    dims = struct.pack("<i", len(shape_) if axes is None else axes) + b"".join(struct.pack("<q", n) for n in shape_)
    return struct.pack("<Ii", magic, stype) + dims + struct.pack("<iii", 1, 0, kind) + data


def gluon(*arrays, names=("a",), count=None, behind=b""):
    out = struct.pack("<QQQ", 0x112, 0, len(arrays) if count is None else count) + b"".join(arrays)
    out += struct.pack("<Q", len(names))
    for name in names:
        name = name if isinstance(name, bytes) else name.encode()
        out += struct.pack("<Q", len(name)) + name
    return contents(out + behind)


def of_gluon():
    for size in (*HUGE, -1, -(1 << 63)):
        yield f"shape-{size}", gluon(gluon_array((size,))), ""
    for count in (2, 1 << 20, (1 << 64) - 1):
        yield f"count-{count}", gluon(gluon_array(), count=count), ""
    for axes in (0, -1, 100, (1 << 31) - 1, -(1 << 31)):
        yield f"axes-{axes}", gluon(gluon_array((), axes=axes)), ""
    yield "axes-0-alone", contents(struct.pack("<QQQIiiQQ", 0x112, 0, 1, 0xF993FAC9, 0, 0, 1, 1) + b"a"), "has no shape"
    yield "65-bytes", contents(gluon_65()), ""
    yield "2^64", gluon(gluon_array((1 << 32, 1 << 32))), "would take more than 2^64"
    yield "0-times-huge", gluon(gluon_array((0, 1 << 62), b"")), None
    for stype in (1, 2, -1, 99):
        yield f"sparse-{stype}", gluon(gluon_array(stype=stype)), "is sparse"
    yield "type-99", gluon(gluon_array(kind=99)), "it is damaged"
    yield "magic", gluon(gluon_array(magic=4)), "of a version of MXNet"
    yield "no-names", gluon(gluon_array(), names=()), "have no names"
    yield "two-names", gluon(gluon_array(), names=("a", "b")), "it is damaged"
    yield "name-twice", gluon(gluon_array(), gluon_array(), names=("a", "a")), "two arrays are called 'a'"
    yield "name-long", gluon(gluon_array(), names=("n" * 5000,)), "it is damaged"
    yield "name-no-text", gluon(gluon_array(), names=(b"\xff",)), "it is damaged"
    yield "behind", gluon(gluon_array(), behind=b"x"), "it is damaged"
    yield "short", gluon(gluon_array((99,))), ""
    yield "nothing", gluon(names=()), "no tensors in it"


def gluon_65():
    """65 bytes of which MXNet made 4.4 GB: an array with a shape of no axes, and numbers behind it."""
    return struct.pack("<QQQIii", 0x112, 0, 1, 0xF993FAC9, 0, 0).ljust(64, b"\1") + b"a"
