"""What a command imports, imported beforehand, so that a forked child starts at once."""

from importlib import import_module
from pkgutil import walk_packages


def warm() -> None:
    """Import every module of ``common``, PyTorch's package, and the libraries that read files."""
    import common

    for info in walk_packages(common.__path__, "common."):
        import_module(info.name)
    for name in ("googlenet_torch", "h5py", "onnx", "matplotlib.figure", "pooch", "sklearn.datasets", "PIL.Image"):
        import_module(name)
    from PIL import Image

    Image.init()
