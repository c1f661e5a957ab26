"""What PyTorch modules of a convolution with normalisation call their tensors; torchvision and timm both do."""

from collections.abc import Mapping

NORMALISED = {
    "weight": "{}.conv.weight",
    "norm.weight": "{}.bn.weight",
    "norm.bias": "{}.bn.bias",
    "norm.running_mean": "{}.bn.running_mean",
    "norm.running_var": "{}.bn.running_var",
}
PLAIN = {"weight": "{}.weight", "bias": "{}.bias"}
IGNORABLE = ("*.num_batches_tracked",)  # how often the statistics moved; nothing here depends on it
FORMATS = ("torch", "safetensors")


def within(block: str, source: str, layers: Mapping[str, str]) -> dict[str, str]:
    """The layers of one block: ``block`` and ``source`` are its names here and in the file."""
    return {f"{block}.{here}": f"{source}.{there}" for here, there in layers.items()}
