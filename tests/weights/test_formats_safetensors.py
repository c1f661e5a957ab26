"""safetensors files are read exactly, and what NumPy has no numbers for is widened or refused."""

import numpy as np
import pytest
from safetensors.numpy import save_file
from support.arrays import same
from support.weight_files import VALUES, raw_safetensors, refused

from common.weights.formats import read


def test_safetensors_are_read_in_the_order_of_the_file(tmp_path):
    tensors = {
        "z": np.arange(6, dtype=np.float64).reshape(2, 3),
        "y": np.array(7, np.int64),
        "a": VALUES.reshape(3, 2),
        "b": VALUES[:2].astype(np.float16),
    }
    save_file(tensors, tmp_path / "w.bin", {"format": "pt", "note": "x"})
    contents = read(str(tmp_path / "w.bin"))
    order = sorted(tensors, key=lambda name: (tmp_path / "w.bin").read_bytes().index(tensors[name].tobytes()))
    assert order != sorted(order)
    assert same(contents.tensors, {name: tensors[name] for name in order})
    assert (contents.path, contents.format) == (tmp_path / "w.bin", "safetensors")
    assert contents.metadata == {"format": "pt", "note": "x"}
    assert (contents.layers, contents.nodes) == ({}, ())


def test_bfloat16_is_widened_exactly(tmp_path):
    bits = np.array([0x3F80, 0xC020, 0x0001, 0x7F7F, 0x8000, 0x7F80], np.uint16)
    numbers = np.array([1, -2.5, 2.0**-133, (2 - 2**-7) * 2.0**127, -0.0, np.inf], np.float32)
    header = {
        "w": {"dtype": "BF16", "shape": [3, 2], "data_offsets": [4, 16]},
        "v": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "s": {"dtype": "BF16", "shape": [], "data_offsets": [16, 18]},
    }
    raw_safetensors(tmp_path / "w", header, VALUES[4:5].tobytes() + bits.tobytes() + bits[1:2].tobytes())
    wanted = {"v": VALUES[4:5], "w": numbers.reshape(3, 2), "s": np.array(numbers[1])}
    assert same(read(tmp_path / "w").tensors, wanted)


def test_types_without_numpy_numbers_are_refused_by_name(tmp_path):
    raw_safetensors(tmp_path / "w", {"t": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}, b"ab")
    assert refused(tmp_path / "w").startswith("tensor 't' is of type F8_E4M3; these are read: F64, ")


@pytest.mark.parametrize("length", [0x112, 0x280, 0x12 + 0x100, 0x108])
def test_a_safetensors_header_as_long_as_another_formats_magic_is_still_one(length, tmp_path):
    raw_safetensors(tmp_path / "w", {"t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"\7", length)
    assert same(read(tmp_path / "w").tensors, {"t": np.array([7], np.uint8)})
