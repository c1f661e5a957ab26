"""PyTorch's own files: state dicts, as torch.save writes them."""

from __future__ import annotations

import io
import os
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from common.base.errors import InputError
from common.base.files import replacing
from common.base.openers import check_file, open_file
from common.contract import declaration
from common.weights.budget import AGAIN, Budget, cut
from common.weights.formats import torch_layout
from common.weights.native import suffix

if TYPE_CHECKING:
    from googlenet_torch.net import Net

SUFFIXES = declaration.of(__package__).suffixes
SAFE = (2, 10)  # weights_only lets crafted files corrupt memory before (CVE-2026-24747), and run code before 2.6


def write_file(net: Net, path: str | os.PathLike) -> None:
    """Write the net's ``state_dict``, whole or not at all.

    Raises:
        InputError: another suffix, or the file cannot be written.
    """
    suffix(path, SUFFIXES)
    memory = io.BytesIO()  # torch.save puts the name of a file into it, and says little where a disk is full
    torch.save(net.state_dict(), memory)
    with replacing(path) as temporary:
        temporary.write_bytes(memory.getbuffer())


def read_file(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Name to array of every tensor in a state dict, alone in its file or under the key ``state_dict``.

    bfloat16 becomes float32, which is exact; other types stay.

    Raises:
        InputError: missing, damaged, or something else than a state dict; nothing in the file is run.
    """
    state = _load(path)
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict):
        raise InputError(f"{path}: not a state dict, but of type {type(state).__name__}: save model.state_dict()")
    budget = Budget(path, check_file(path).st_size)
    arrays = {}
    for name, tensor in state.items():
        if not (isinstance(name, str) and isinstance(tensor, torch.Tensor)):
            key = name if isinstance(name, int) and abs(name) < 1 << 64 else cut(name)
            entry = f"{key} is of type {type(tensor).__name__}"
            raise InputError(f"{path}: not a state dict, of names and tensors: {entry}; save model.state_dict()")
        budget.tensor(name, tensor.shape, max(tensor.element_size(), 4 if tensor.dtype.is_floating_point else 1))
        try:
            arrays[name] = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).detach().numpy()
        except (RuntimeError, TypeError):  # sparse, quantised, without data, or of 8 bits
            raise InputError(f"{path}: tensor {cut(name)} is {tensor.dtype}, {tensor.layout}: not read") from None
    return arrays


def _load(path: str | os.PathLike) -> Any:
    if torch.__version__ < SAFE:
        wanted = ".".join(map(str, SAFE))
        raise InputError(f"{path}: only PyTorch {wanted} and newer read such files safely, not {torch.__version__}")
    try:
        with open_file(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch_layout.check(path, file)
            # An open file, for torch.load goes by the suffix of a path.
            return torch.load(file, map_location="cpu", weights_only=True, mmap=False)
    except InputError:
        raise
    except Exception as error:  # the unpickler and the zip reader raise nearly anything when a file is damaged
        # PyTorch's own message goes on for a page and recommends to load the file unsafely: not passed on.
        refused = re.search(r"GLOBAL ([\w.]+)", str(error))
        if refused:
            raise InputError(
                f"{path}: holds {refused[1]}, which is code, not weights: only state dicts are read; "
                "save model.state_dict() where the file comes from"
            ) from None
        raise InputError(f"{path}: {torch_layout.PROBLEM}: it is damaged: {AGAIN}") from None
