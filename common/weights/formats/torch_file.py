"""State dicts that torch.save wrote, in a zip file or, before PyTorch 1.6, in a stream of pickles."""

from pathlib import Path

from common.weights.formats.contents import Contents
from common.weights.formats.framework import read_file


def read(path: Path) -> Contents:
    """Read a state dict, with PyTorch.

    Raises:
        MissingBackend: PyTorch is not installed.
        InputError: damaged, or something else than a state dict; nothing in it is run.
    """
    return Contents(path, "torch", read_file("torch", path), layers={}, metadata={})
