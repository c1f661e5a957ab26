"""What a framework package offers: the functions of `Backend`, and its `Trainer`.

Arrays at this interface are NumPy's. Images are N x C x H x W and prepared (`common.data.preprocessing`); labels are N
whole numbers from 0. Weights go by canonical names such as ``b3.3a.p2_2.weight``; kernels are OIHW, dense weights
(out, in), everything else (C,). A net is of the framework's own kind, and has its table as ``net.table``.

Arrays that go in may have any strides, any byte order and any real dtype, booleans and whole numbers included; they are
computed with in the net's own dtype and never changed. What is no array of real numbers, or has no image in it, is
refused (`common.contract.inputs`). Arrays that come out are in C order and own their memory.

`predict`, `layer_outputs`, `stage_outputs`, `gradients` and `outputs_and_gradients` compute in the mode that they are
asked for, whatever mode the net or its caller is in. The net is afterwards as it was, its weights, statistics, mode,
own gradients and hooks, also where something raises; but gradients in training mode move the statistics.

A package that can compute on more than the processor says how many devices of each kind it sees (``devices()``, such as
``{"cpu": 1, "cuda": 2}``), and makes GPUs keep all digits of float32 (``with full_precision():``); see
`common.contract.devices`. Both are its choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import os

    import numpy as np

    from common.contract.moving import Moving
    from common.contract.predicting import Predictor
    from common.contract.recipe import Recipe
    from common.table.sizes import Side
    from common.table.spec import Network
    from common.workers.environment import Place
    from common.workers.group import Group

    Arrays = dict[str, np.ndarray]

# What a package must have: every one, and those that declare that they compute gradients, that they train, that they
# have a fast path, or that several workers train one net.
ALWAYS = (
    *("FRAMEWORK", "build_net", "get_weights", "set_weights", "save_weights", "count_parameters"),
    *("layer_outputs", "stage_outputs", "predict"),
)
GRADIENTS = ("MOVING", "gradients", "outputs_and_gradients")
TRAINING = ("Trainer",)
FAST = ("predictor",)
WORKERS = ("join",)


class Trainer(Protocol):
    """Stochastic gradient descent on a net, in place, by the one rule of docs/training.md.

    A step works on the images it is given, and knows nothing of epochs or of the data set. With a group each worker is
    given its share of the batch, which may be empty, and the step is that of the whole batch: loss and gradients are
    summed over all of its images, statistics are those of all of them, and only then gradients are clipped.

    Args:
        net: of the backend's own kind. Its weights change; the mode it is in between steps does not.
        recipe: how to train; the trainer takes its momentum, decay, smoothing, clipping and frozen parts from it. What
            the framework itself has marked as frozen is frozen too.
        bfloat16: compute products in bfloat16; weights, velocities and sums stay in float32.
        group: the workers that train this net together, each with one like it; None is this process alone. It is
            given only to packages that declare ``workers``.

    Raises:
        ValueError: bfloat16, where the framework does not train in it or the net is not in float32.

    Example::

        net = package.build_net("d2l", seed=0)
        trainer = package.Trainer(net, named("d2l"))
        loss, right = trainer.step(images, labels, lr=0.1, seed=0)
    """

    def __init__(self, net: Any, recipe: Recipe, *, bfloat16: bool = False, group: Group | None = None): ...

    def step(self, x: np.ndarray, y: np.ndarray, *, lr: float, seed: int) -> tuple[float, int]:
        """Make one step, and say how good the net was before it.

        Args:
            x: images, N x C x H x W; in a group this worker's share of them, which may be none.
            y: labels, N whole numbers below the number of classes.
            lr: the learning rate of this step, and of no other.
            seed: decides, with the rank in a group (`common.workers.shares.seed_of`), which activations dropout drops,
                and nothing else does.

        Returns:
            The mean cross-entropy over the whole batch, with those of the auxiliary heads by their weights, in nats;
            and how many images the classifier got right. Both are the same in all workers of a group.

        Raises:
            ValueError: a batch that the net with its heads cannot learn from (`common.contract.loss.check_batch`), or
                a label that is no class. The net is then as it was.
            WorkerLost: another worker of the group did not come; the net is then of no use.
        """

    def velocities(self) -> Arrays:
        """Copies of what a step changes beside the weights, by canonical names of the parameters that are trained.

        The velocity of each, shaped like it; nothing without momentum. For Adam its first moment, its second under the
        name with ``.second`` behind it, and under ``steps`` how many steps were made, an array of one number.
        """

    def set_velocities(self, velocities: Mapping[str, np.ndarray]) -> None:
        """Restore what `velocities` returned. With the weights, it is all that a run needs to go on.

        Raises:
            ValueError: a velocity is missing, unknown or misshapen; names it.
        """


class Backend(Protocol):
    """A framework package: the module that `common.contract.backend.load` returns.

    Own packages offer `Inception` too, the book's block alone; no tool asks a plug-in for it. What a package declares
    not to do (`common.contract.declaration.Declaration`) it need not have.

    Attributes:
        FRAMEWORK: the framework's name and version, such as ``PyTorch 2.13.0``.
        MOVING: how the framework's moving statistics follow those of the batch. Needed with gradients.
        Inception: the block of four paths, with its number of channels by path as in the book.
        Trainer: see `Trainer`. Needed with training.

    Example::

        package = load("torch")
        net = package.build_net("d2l", seed=0)
        logits = package.predict(net, images)  # N x 1 x 96 x 96 -> N x 10
    """

    FRAMEWORK: str
    MOVING: Moving

    Inception: type
    Trainer: type[Trainer]

    def build_net(
        self,
        name: str | Network | None = None,
        *,
        in_channels: int | None = None,
        num_classes: int | None = None,
        seed: int | None = None,
        weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
        dtype: str | None = None,
        aux: bool | None = None,
        device: str | None = None,
    ) -> Any:
        """Build the framework's own model of a table, in evaluation mode.

        Its children are the stages in order, then the classifier, then the auxiliary heads.

        Args:
            name: one of `common.nets.names`, or a table of your own; None is that of the weights' file, or ``d2l``.
            in_channels, num_classes: None is the file's, or the table's own. For other classes than the file's, the
                classifier and the heads are drawn anew, with a warning.
            seed: draws the same weights in every framework; None draws fresh ones.
            weights: what to start from: canonical weights as a mapping, a file that ``googlenet convert`` reads, or the
                folder of a run. The one rule is `common.weights.start.start`.
            dtype: ``float32`` or ``float64``; None is the framework's default, which as a rule is float32.
            aux: whether to keep the auxiliary heads; None is as the file or the table has it.
            device: where it lives, by a name of `common.contract.devices`; None is what its `using` says.

        Raises:
            ValueError: an unknown name or option, with the choices; weights that do not fit; no such device here.
        """

    def get_weights(self, net: Any) -> Arrays:
        """Canonical name to a copy of each parameter and moving statistic, in the order of the table."""

    def set_weights(self, net: Any, weights: Mapping[str, np.ndarray]) -> None:
        """Copy canonical arrays into the net, in its own dtype; a missing, unknown or misshapen name is an error.

        Raises:
            ValueError: names the first tensor that does not fit. The net is then as it was.
        """

    def save_weights(self, net: Any, path: str | os.PathLike) -> None:
        """Write `get_weights` to a safetensors file that every backend loads, whole or not at all.

        The preprocessing and the labels that came with the net's weights go with them.

        Raises:
            ValueError: the file cannot be written.
        """

    def count_parameters(self, net: Any) -> dict[str, tuple[int, int]]:
        """Count (trainable numbers, moving statistics) of each stage, the classifier and each head.

        The framework counts, not the table: so a layer too many or too few is seen.
        """

    def layer_outputs(self, net: Any, x: np.ndarray, *, training: bool = False, aux: bool = False) -> Arrays:
        """Canonical name to the output of every layer, block and stage; the net is left as it was.

        Maps are N x C x H x W, what a dense layer makes is N x K.

        Args:
            x: images, N x C x H x W.
            training: normalise by the batch and run the heads; moving statistics are put back afterwards.
            aux: run the heads in evaluation mode too.

        Raises:
            ValueError: images that the net, or its heads if they are run, do not take.
        """

    def stage_outputs(self, net: Any, x: np.ndarray, *, training: bool = False, aux: bool = False) -> Arrays:
        """Return those of `layer_outputs` that belong to the stages, the classifier and the heads."""

    def predict(self, net: Any, x: np.ndarray) -> np.ndarray:
        """Compute the logits, N x K, of images N x C x H x W in evaluation mode.

        Raises:
            ValueError: images too small, or of other channels than the net's.
        """

    def predictor(
        self,
        net: Any,
        *,
        image_size: Side | None = None,
        batch: int = 32,
        bfloat16: bool = False,
        compiled: bool = False,
    ) -> Predictor:
        """Make a function that computes what `predict` does, up to round-off, the fastest way the framework has here.

        It takes some seconds to make, and has copies of the weights that the net has now. Needed with ``fast``.

        Args:
            net: in any mode; it stays as it is.
            image_size: (H, W) of the images, or the side of a square; None is the table's own.
            batch: at most how many images are computed at a time.
            bfloat16: compute in it up to the classifier; never given where ``fast_in_bfloat16`` is not declared.
            compiled: into machine code, which takes longer to make; never given where ``fast_compiled`` is not
                declared.

        Raises:
            ValueError: a size that the net does not take, fewer than one image at a time, bfloat16 that cannot be, or
                compiled where there is no compiler.
        """

    def join(self, place: Place, *, seconds: float) -> Group:
        """Come to the group that a place is in, once its other workers do. Needed with ``workers``.

        Args:
            place: of this worker (`common.workers.environment`).
            seconds: time limit of each exchange; of coming together it is `common.workers.group.JOINING`.

        Raises:
            WorkerLost: the others did not come.
            ValueError: an address that this worker cannot use.
        """

    def gradients(self, net: Any, x: np.ndarray, y: np.ndarray, *, training: bool = False) -> Arrays:
        """Differentiate the mean cross-entropy by every parameter it depends on, and by the images as ``input``.

        Frozen parameters have no gradient.

        Args:
            x: images, N x C x H x W.
            y: labels, N whole numbers below the number of classes.
            training: normalise by the batch, add the losses of the heads by their weights, drop activations at random,
                and move the moving statistics, as any step of training does.

        Returns:
            Canonical name to gradient, shaped like the parameter.

        Raises:
            ValueError: a batch that `common.contract.loss.check_batch` refuses, or a label that is no class.
        """

    def outputs_and_gradients(
        self, net: Any, x: np.ndarray, y: np.ndarray, *, training: bool = False
    ) -> tuple[Arrays, Arrays]:
        """Return `layer_outputs` and `gradients` of one and the same pass.

        In float32 another pass may round otherwise, and then a ReLU near 0 decides otherwise.

        Raises:
            ValueError: see `gradients`.
        """
