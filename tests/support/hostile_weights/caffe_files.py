"""Files of Caffe that are wrong: layers and blobs of protobuf."""

from support.hostile_weights.hostile import HUGE, contents
from support.weight_files import field, legacy_dims, new_layer, old_layer, shape, varint


def net(*layers):
    return contents(field(1, "net") + b"".join(layers))


def conv(*blobs):
    return new_layer("c", "Convolution", *blobs)


def of_caffe():
    one = field(5, bytes(4))
    for size in (*HUGE, -1, -(1 << 63)):
        yield f"shape-{size}", net(conv(shape(size) + one)), "not those of its shape"
        yield f"legacy-{size}", net(old_layer("c", 4, legacy_dims(1, 1, 1, size) + one)), "not those of its shape"
    yield "shape-of-2^64", net(conv(shape(1 << 32, 1 << 32) + one)), "not those of its shape"
    yield "0-times-huge", net(conv(shape(0, 1 << 62) + field(5, b""))), None
    yield "100-axes", net(conv(shape(*[1] * 100) + one)), "not those of its shape"
    yield "3-MB-of-axes", net(conv(field(7, field(1, bytes([1]) * 3_000_000)) + one)), ""
    yield "300000-layers", net(b"\xa2\x06\0" * 300_000), "it is damaged"
    yield "300000-blobs", net(new_layer("c", "Convolution", *[b""] * 300_000)), "it is damaged"
    yield "30000-blobs", net(conv(*[shape(1) + one] * 30_000)), "more than 20,000 tensors"
    yield "300000-numbers", net(conv(shape(300_000) + (varint(5 << 3 | 5) + bytes(4)) * 300_000)), "it is damaged"
    yield "long-varint", contents(field(1, "net") + b"\x80" * 20 + b"\1"), "it is damaged"
    yield "field-0", contents(field(1, "net") + b"\0\1"), "it is damaged"
    yield "a-group", contents(field(1, "net") + varint(9 << 3 | 3)), "it is damaged"
    yield "length-beyond", contents(field(1, "net") + varint(100 << 3 | 2) + varint(1 << 40) + b"x"), "it is cut short"
    yield "inner-length-beyond", net(field(100, varint(1 << 3 | 2) + varint(99) + b"x")), "it is damaged"
    yield "layer-as-number", contents(field(1, "net") + field(100, 5)), "no layers in it"
    yield "type-huge", net(old_layer("c", (1 << 63) - 1, shape(1) + one)), "which caffe.proto does not know"
    yield "long-name", net(new_layer("n" * 100_000, "Convolution", shape(2) + one)), "not those of its shape"
    yield "odd-bytes", net(conv(shape(1) + field(5, bytes(7)))), "it is damaged"
    yield "twice", net(conv(shape(1) + one), conv(shape(1) + one)), "two layers are called 'c'"
    yield "name-no-text", net(new_layer(b"\xff", "Convolution", shape(1) + one)), "not text"
    yield "deep", net(field(100, b"\x0b" * 100_000)), "it is damaged"
