"""Nets that PyTorch's compiler and one of C++ have made machine code of, before they are used (AOTInductor)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch._inductor import aoti_compile_and_package, aoti_load_package
from torch._inductor.cpp_builder import get_cpp_compiler
from torch._inductor.cpu_vec_isa import pick_vec_isa
from torch._inductor.exc import CppCompileError, InductorError, InvalidCxxCompiler
from torch._inductor.utils import fresh_cache

from common.base.errors import InputError
from common.contract.predicting import Compute, Shape
from common.table.padding import Pair
from googlenet_torch.arrays import from_array, to_array
from googlenet_torch.blocks import Residual
from googlenet_torch.layers import AvgPool, Conv, MaxPool
from googlenet_torch.onednn import FastConv
from googlenet_torch.rewriting import channels_last, copied, folded_conv, native_pool, rewritten
from googlenet_torch.traced import Scaled, TracedWinograd
from googlenet_torch.winograd import UNITS_PER_LAYER, Winograd, filtered

if TYPE_CHECKING:
    from googlenet_torch.net import Net

OPTIONS = {
    "freezing": True,  # weights are constants
    "aot_inductor.precompile_headers": False,  # which take longer than what they save one net
    "aot_inductor.compile_wrapper_opt_level": "O0",  # of the code that only calls the loops and oneDNN
}
HOW = "compiled, normalisation folded, channels last"


def computing(net: Net, shape: Shape, batch: int) -> tuple[str, Compute]:
    """How, in words, and from at most ``batch`` images to their logits.

    The convolutions are oneDNN's, with their activation in one and from kernels that are laid out once; what lies
    between them (pools, sums, concatenations, paddings) becomes loops of C++, and no Python is left. The weights are
    constants of it. The code is for as many threads as PyTorch has now, and for ``batch`` images: fewer take as long.
    Nothing stays on the disk but what PyTorch loads, and that until the process ends.

    See https://docs.pytorch.org/docs/stable/torch.compiler_aot_inductor.html.

    Args:
        shape: (C, H, W) of the images.

    Raises:
        InputError: a net that is not in float32 on a processor, no compiler of C++ that works, or compiled code that
            computes something else.
    """
    like = next(net.parameters())
    if like.dtype != torch.float32 or like.device.type != "cpu":
        raise InputError("compiled is for nets in float32 on a processor: leave it out, or build such a net")
    fast = _traceable(net, shape, batch, like)
    run = _loaded(_Logits(fast), torch.zeros(batch, *shape))
    _check(run, net, (batch, *shape))

    def compute(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast(like.device.type, enabled=False):
            images = from_array(x, like)  # in C order: the code does not look at strides
            missing = batch - len(images)
            return to_array(run(F.pad(images, (0, 0, 0, 0, 0, 0, 0, missing)) if missing else images)[: len(images)])

    minimal = any(isinstance(layer, Winograd) for layer in fast.modules())
    return HOW + ", 3x3 convolutions by Winograd's filtering" * minimal, compute


class _Logits(nn.Module):
    def __init__(self, net: Net):
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net.trunk(channels_last(x))


def _traceable(net: Net, shape: Shape, batch: int, like: torch.Tensor) -> Net:
    """A copy of the net from layers that the compiler can take apart."""
    minimal = filtered(net.table, shape, batch)

    def replace(name: str, layer: nn.Module, size: Pair) -> nn.Module | None:
        match layer:
            case Conv() if name in minimal:
                return TracedWinograd(layer.node, *folded_conv(layer))
            case Conv():
                return FastConv(layer.node, *folded_conv(layer), size, None, like)
            case MaxPool() | AvgPool():
                return native_pool(layer, size)
        return None

    fast = rewritten(net, shape, replace).to(memory_format=torch.channels_last)
    blocks = {name: block for name, block in fast.named_modules() if isinstance(block, Residual)}
    for name, block in reversed(blocks.items()):  # those within others first
        parent, _, leaf = name.rpartition(".")
        setattr(fast.get_submodule(parent), leaf, Scaled(block))
    return fast


def _loaded(logits: nn.Module, example: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """The compiled function of such images as the example.

    Raises:
        InputError: no compiler of C++ that works.
    """
    try:
        get_cpp_compiler()
        pick_vec_isa()  # outside, so that PyTorch remembers what its test programs found out of the processor
        with torch.no_grad(), TemporaryDirectory(prefix="googlenet-compiled-") as folder, fresh_cache(dir=folder):
            program = torch.export.export(logits.eval(), (example,), strict=False)
            path = str(Path(folder, "net.pt2"))
            return aoti_load_package(aoti_compile_and_package(program, package_path=path, inductor_configs=OPTIONS))
    except (InvalidCxxCompiler, CppCompileError, InductorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"compiled needs a compiler of C++, such as g++ (CXX names it): {reason}") from error


def _check(run: Callable[[torch.Tensor], torch.Tensor], net: Net, shape: tuple[int, ...]) -> None:
    """Require the function of the net of compiled code, by images of noise: compilers are wrong at times.

    Args:
        shape: (N, C, H, W) of the images.

    Raises:
        InputError: logits that differ from those of the net in float64 by more than round-off.
    """
    images = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    exact = copied(net).double()
    with torch.inference_mode():
        expected = exact.trunk(torch.from_numpy(images).double()).numpy()
        wrong = np.abs(run(torch.from_numpy(images)).numpy() - expected).max()
    error = wrong / (np.abs(expected).max() or 1.0)
    limit = net.table.depth * UNITS_PER_LAYER * float(np.finfo(np.float32).eps)
    if not error <= limit:
        raise InputError(
            f"PyTorch {torch.__version__} compiles {net.table.name} into something else: its logits differ by "
            f"{error:.1e}, and the limit is {limit:.1e}: leave compiled out"
        )
