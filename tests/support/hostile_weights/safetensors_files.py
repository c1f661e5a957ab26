"""safetensors files that are wrong: headers of every kind."""

import json
import struct

from support.hostile_weights.hostile import HUGE, contents


def safetensors(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return contents(struct.pack("<Q", len(text) if length is None else length) + text + body)


def entry(shape=(1,), begin=0, end=4, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def of_safetensors():
    four = bytes(4)
    yield "no-length", contents(b"\x08\0\0"), ""
    for length in (0, 1, 1 << 32, (1 << 63) - 1, (1 << 64) - 1):
        yield f"header-of-{length}", safetensors({"t": entry()}, four, length), ""
    yield "cut-in-header", contents(struct.pack("<Q", 500) + b'{"t":'), "it is cut short"
    yield "cut-in-numbers", safetensors({"t": entry((9,), 0, 36)}, four), "it is cut short"
    yield "bytes-behind", safetensors({"t": entry()}, bytes(9)), "5 bytes behind its numbers"
    yield "header-of-2-MB", safetensors(b'{"a":"' + b"x" * (2 << 20) + b'"}'), "header of a possible length"
    yield "nested", safetensors(b'{"a":' + b"[" * 100_000), "nested too deeply"
    yield "nested-objects", safetensors(b'{"a":' * 100_000), "nested too deeply"
    yield "a-list", safetensors(b"{}"[:1] + b'"a":1}'), ""
    yield "not-utf-8", safetensors(b'{"\xff":1}'), "it is no JSON"
    yield "twice", safetensors(b'{"t":1,"t":2}'), "'t' comes twice"
    yield "metadata-twice", safetensors(b'{"__metadata__":{"a":"1","a":"2"}}'), "comes twice"
    yield (
        "million-digits",
        safetensors(b'{"t":{"dtype":"F32","shape":[' + b"9" * 1_000_000 + b'],"data_offsets":[0,4]}}'),
        "",
    )
    for value in (*HUGE, 1 << 64, -1, 1.5, True, None, "1", [1]):
        yield f"shape-{value!r}", safetensors({"t": entry((value,))}, four), ""
        yield f"end-{value!r}", safetensors({"t": entry(end=value)}, four), ""
    yield "zeros-times-huge", safetensors({"t": entry((0, 1 << 62), 0, 0)}), None
    yield "100-axes", safetensors({"t": entry((1,) * 100)}, four), "100 axes, more than 8"
    yield "product-of-2^64", safetensors({"t": entry((1 << 32, 1 << 32))}, four), "do not fit its shape"
    yield "overlap", safetensors({"a": entry((2,), 0, 8), "b": entry((1,), 4, 8)}, bytes(8)), "do not begin where"
    yield "same-numbers", safetensors({"a": entry(), "b": entry()}, four), "do not begin where"
    yield "hole", safetensors({"a": entry(), "b": entry((1,), 8, 12)}, bytes(12)), "do not begin where"
    yield "type-list", safetensors({"a": entry(dtype=["F32"])}, four), "is of type"
    yield "type-long", safetensors({"a": entry(dtype="F" * 10_000)}, four), "is of type"
    yield "name-long", safetensors({"n" * 100_000: entry((2,))}, four), ""
    yield "metadata-numbers", safetensors({"__metadata__": {"a": 1}, "t": entry()}, four), "its metadata are not texts"
    many = {f"{i}": entry((0,), 0, 0) for i in range(25_000)}
    yield (
        "25000-empty-tensors",
        safetensors({k: {**v, "dtype": "U8"} for k, v in many.items()}),
        "more than 20,000 tensors",
    )
    ours = {"format_version": "1", "network": "d2l", "in_channels": "1", "num_classes": "10", "aux": "[]"}
    edits = [
        ("in_channels", "9" * 4000),
        ("in_channels", "-1"),
        ("in_channels", "1e3"),
        ("num_classes", "0"),
        ("num_classes", "٣"),
    ]
    edits += [("num_classes", "1" * 1_000_000), ("aux", "[" * 100_000), ("aux", "1"), ("aux", '["aux1"]'), ("aux", "")]
    edits += [("network", "x" * 100_000), ("network", "../d2l"), ("network", ""), ("format_version", "1.0\n" * 1000)]
    for key, value in edits:
        yield (
            f"{key}-{value[:6]!r}-{len(value)}",
            safetensors({"__metadata__": {**ours, key: value}, "t": entry()}, four),
            "",
        )
