"""The same weights give the same file, byte for byte, in every format that is written."""

import json
import os
import subprocess
import sys
import time
from importlib import import_module

import numpy as np
import pytest
from support.tables import family

from common import nets
from common.data.preprocessing import plain
from common.table.drawing import probing
from common.weights import convert, safetensors_file
from common.weights.bundle import Bundle


def test_metadata_are_in_order(tmp_path):
    metadata = {f"key{i}": "ü" * i for i in (3, 1, 2, 7, 5, 4, 6)}
    safetensors_file.write(tmp_path / "w", {"b": np.ones(3, np.float32), "a": np.ones(2)}, metadata)
    text = (tmp_path / "w").read_bytes()
    header = json.loads(text[8 : 8 + int.from_bytes(text[:8], "little")])
    assert list(header["__metadata__"].items()) == sorted(metadata.items())
    assert safetensors_file.read(tmp_path / "w")[0] == metadata


WRITE = """
import sys
import numpy as np
from common.weights import safetensors_file
tensors = {name: np.arange(5, dtype=np.float32) for name in "cab"}
safetensors_file.write(sys.argv[1], tensors, {f"key{i}": str(i) for i in range(20)})
"""


def test_another_process_writes_the_same_bytes(tmp_path):
    """In which the hashes of texts are others."""
    for name in "ab":
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": str(ord(name))}
        subprocess.run([sys.executable, "-c", WRITE, tmp_path / name], env=environment, check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_net_gives_the_same_file(backend, tmp_path, monkeypatch):
    """Two nets of one process, some seconds apart."""
    files = import_module(f"{backend.__name__}.files")
    for suffix in files.SUFFIXES:
        table = nets.get("d2l") if suffix == ".keras" else nets.get(family())
        weights = probing(table, dtype="float32")
        for name in "ab":
            files.write_file(backend.build_net(table, weights=weights), tmp_path / f"{name}{suffix}")
            time.sleep(2.1 if suffix == ".keras" and name == "a" else 0)  # zip archives count in steps of 2 seconds
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes(), suffix


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
def test_the_same_bundle_gives_the_same_file(suffix, tmp_path):
    table = nets.get("d2l")
    for name in "ab":
        convert.write(tmp_path / f"{name}{suffix}", Bundle(table, probing(table, dtype="float32"), plain(table)))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
