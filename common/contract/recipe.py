"""How a network is trained: everything but the network, the data and the framework. docs/training.md has the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from common.base.errors import InputError, choose
from common.base.fields import check_fields
from common.contract.freezing import frozen
from common.contract.schedules import SCHEDULES, Constant, Cosine, Plateau, Position, Schedule, Stepwise, rising
from common.table.analysis import Table
from common.table.resolve import with_aux_weight, with_dropout
from common.table.rules import INITIAL
from common.table.spec import Dropout

# Settings that recipes of older runs have not; each has the default that they had.
ADDED = frozenset({"freeze", "optimizer", "beta2", "epsilon", "warmup", "resized_crop", "patience"})
OPTIMIZERS = ("sgd", "adam", "adamw")
SHARES = ("momentum", "beta2", "label_smoothing", "dropout", "validation")


@dataclass(frozen=True)
class Recipe:
    """The mathematics of a run. It cannot be changed; `changed` makes another one.

    >>> Recipe(lr=0.05, epochs=3).changed(batch=32, clip=None).batch
    32

    Attributes:
        image_size: height and width in pixels; None is the table's own, as it is where a table takes no such images.
        batch: images a step.
        epochs: times that every training image is seen.
        lr: learning rate, to be multiplied by the schedule's factor.
        schedule: how the learning rate changes.
        optimizer: ``sgd``, ``adam`` or ``adamw``; how they move the weights is in docs/training.md.
        momentum: weight of the velocity before, and of Adam's first moment. Without Adam
            ``v = momentum · v - lr · (g + weight_decay · w); w = w + v``.
        nesterov: look ahead: ``w = w + momentum · v - lr · (g + weight_decay · w)``, with the new v.
        beta2: weight of Adam's second moment before.
        epsilon: added to the root of Adam's second moment.
        weight_decay: pulls the weights of convolutions and dense layers to 0; biases and normalisations are left alone.
            It is part of the gradient; for ``adamw`` it acts beside it.
        label_smoothing: share ε of the target that is spread evenly over all classes.
        clip: largest length of the gradient of all parameters together; None is no limit.
        aux_weight: weight of the auxiliary heads' losses; None is the table's own.
        dropout: probability, of every dropout; None is the table's own.
        pad: pixels of black around an image, out of which one of the first size is cut at random.
        flip: turn every other image left to right, at random.
        validation: share of the training images held out to choose the best weights by, where the data set has none.
        initial: how the first weights are drawn: ``he`` or ``xavier`` (`common.table.rules`).
        warmup: epochs in which the rate rises in a straight line to that of the schedule; a cosine has its own.
        resized_crop: smallest share of a picture that is cut out at random and resized; None is no such cut.
        patience: the run ends after so many epochs without a better validation accuracy; None is no such end.
        freeze: parts of the network that stay as they are (`common.contract.freezing.frozen`); none where it is empty.

    Raises:
        InputError: a setting of another type or out of its range; names it and says what it may be.
    """

    image_size: int | None = None
    batch: int = 128
    epochs: int = 10
    lr: float = 0.1
    schedule: Schedule = field(default_factory=Constant)
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    clip: float | None = None
    aux_weight: float | None = None
    dropout: float | None = None
    pad: int = 0
    flip: bool = False
    validation: float = 0.1
    initial: str = "he"
    freeze: str = ""
    optimizer: str = "sgd"
    beta2: float = 0.999
    epsilon: float = 1e-8
    warmup: float = 0.0
    resized_crop: float | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        choose("initialisation", self.initial, INITIAL)
        check_fields(self, dict.fromkeys(("image_size", "batch", "epochs", "patience"), 1), dict.fromkeys(SHARES, 1))
        if self.warmup and isinstance(self.schedule, Cosine):
            raise InputError("a cosine has a warm-up of its own: give its number of epochs there")
        if self.resized_crop is not None and not 0 < self.resized_crop <= 1:
            raise InputError(f"resized_crop must be above 0 and at most 1, not {self.resized_crop:g}")
        if self.resized_crop is not None and self.pad:
            raise InputError("pad and resized_crop are two ways to cut at random: choose one")
        choose("optimizer", self.optimizer, OPTIMIZERS)
        for name in ("lr", "clip", "epsilon"):
            if getattr(self, name) == 0:
                raise InputError(f"{name} must be above 0")
        if self.nesterov and not self.momentum:
            raise InputError("nesterov looks ahead along the momentum: it needs one above 0")
        if self.nesterov and self.adaptive:
            raise InputError(
                f"nesterov is for the optimizer sgd, not for {self.optimizer}: turn it off, or take the recipe adamw"
            )

    @property
    def adaptive(self) -> bool:
        """Whether each parameter is moved by its own moments: Adam, in either of its forms."""
        return self.optimizer != "sgd"

    @property
    def decoupled(self) -> bool:
        """Whether the decay acts on the weights beside the gradient, and not in it."""
        return self.optimizer == "adamw"

    def rate(self, at: Position) -> float:
        """The learning rate of the step that comes next, when the run stands ``at`` a position.

        >>> named("paper").rate(Position(step=800, steps_per_epoch=100, epochs=60))
        0.0096
        >>> Recipe(lr=1.0, warmup=1.0).rate(Position(step=0, steps_per_epoch=3, epochs=60))
        0.25
        """
        return self.lr * rising(at, self.warmup) * self.schedule.factor(at)

    def applied(self, table: Table) -> Table:
        """The table with the recipe's dropout and weight of the auxiliary heads, where the recipe has its own.

        Args:
            table: a resolved table.

        Raises:
            InputError: the recipe has a dropout or a weight, and the table no dropout or no heads; or it freezes what
                the table has not, or all of it.
        """
        frozen(table, self.freeze)
        if self.dropout is not None:
            if not any(isinstance(layer.node, Dropout) for layer in table.layers.values()):
                raise InputError(f"{table.name} has no dropout, whose probability could be {self.dropout:g}")
            table = with_dropout(table, self.dropout)
        if self.aux_weight is not None:
            if not table.aux:
                raise InputError(f"{table.name} has no auxiliary heads, whose losses could weigh {self.aux_weight:g}")
            table = with_aux_weight(table, self.aux_weight)
        return table

    def changed(self, **values: Any) -> Recipe:
        """A recipe with other settings; those that are None stay as they are.

        Raises:
            InputError: a setting of another type or out of its range.
        """
        return replace(self, **{name: value for name, value in values.items() if value is not None})

    def described(self) -> dict[str, Any]:
        """The recipe as plain numbers and words, for JSON; `from_described` makes a recipe of them again.

        Settings of `ADDED` are left out where they are not used: so a run of before they were there reads as it did.

        >>> named("paper").described()["schedule"]
        {'name': 'step', 'by': 0.96, 'every': 8}
        """
        name = next(name for name, kind in SCHEDULES.items() if isinstance(self.schedule, kind))
        settings = {**asdict(self), "schedule": {"name": name, **asdict(self.schedule)}}
        unused = {own.name for own in fields(self) if own.name in ADDED and settings[own.name] == own.default}
        return {name: value for name, value in settings.items() if name not in unused}

    @classmethod
    def from_described(cls, described: Mapping[str, Any]) -> Recipe:
        """The recipe that `described` has described.

        Raises:
            InputError: settings that are missing or unknown, or values that cannot be.

        >>> Recipe.from_described(named("d2l").described()) == named("d2l")
        True
        """
        try:
            names = {own.name for own in fields(cls)}
            if not names - ADDED <= set(described) <= names:
                raise ValueError(f"its settings are {', '.join(described)}")
            schedule = dict(described["schedule"])
            made = SCHEDULES[choose("schedule", schedule.pop("name"), SCHEDULES)](**schedule)
            return cls(**{**described, "schedule": made})
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(f"not a recipe: {error}") from None


PARITY = "parity"

RECIPES: dict[str, Recipe] = {
    # Small images, few of them: a first success within minutes.
    "quick": Recipe(
        image_size=32, batch=32, epochs=20, lr=0.05, schedule=Cosine(), nesterov=True, weight_decay=5e-4, clip=5.0
    ),
    # Zhang et al., Dive into Deep Learning, section 8.4.3: Fashion-MNIST resized to 96, plain SGD.
    "d2l": Recipe(image_size=96, batch=128, epochs=10, lr=0.1, momentum=0.0, validation=0.05, initial="xavier"),
    # The same network in three epochs: no plateau to leave at first, and a rate that comes to rest at last.
    "d2l_cosine": Recipe(
        image_size=96, batch=128, epochs=3, lr=0.04, schedule=Cosine(), nesterov=True, clip=1.0, validation=0.05
    ),
    # Batch normalisation on 32 pixels with ReduceLROnPlateau.
    "cifar10": Recipe(
        image_size=32, batch=128, epochs=30, lr=0.05, schedule=Plateau(), weight_decay=5e-4, pad=4, flip=True
    ),
    # The same network with a cosine, which needs no plateau to learn at small rates.
    "cifar10_cosine": Recipe(
        image_size=32,
        batch=128,
        epochs=20,
        lr=0.1,
        schedule=Cosine(warmup=2.0),
        nesterov=True,
        weight_decay=5e-4,
        label_smoothing=0.1,
        pad=4,
        flip=True,
        validation=0.02,
    ),
    # Szegedy et al. 2015, section 6, as far as it says; batch, rate and decay are those of BVLC Caffe's solver.
    "paper": Recipe(
        batch=32, epochs=60, lr=0.01, schedule=Stepwise(0.96, 8), weight_decay=2e-4, flip=True, initial="xavier"
    ),
    # Loshchilov & Hutter 2019, with the rate that Adam's authors recommend: a first try on anybody's images.
    "adamw": Recipe(
        image_size=32, batch=32, epochs=20, lr=1e-3, schedule=Cosine(), optimizer="adamw", weight_decay=0.05
    ),
    # What `googlenet compare --steps` follows unless told otherwise: every rule at once, with a change of the rate
    # halfway, which is where an epoch of it ends.
    PARITY: Recipe(batch=4, epochs=2, lr=0.001, schedule=Stepwise(0.1, 1), weight_decay=5e-4, label_smoothing=0.1),
}


def named(name: str) -> Recipe:
    """The recipe called ``name``.

    Raises:
        InputError: an unknown name, with the choices.

    >>> named("d2l").lr
    0.1
    """
    return RECIPES[choose("recipe", name, RECIPES)]
