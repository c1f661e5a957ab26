"""The layers of a network by the names that users have for them."""

from __future__ import annotations

from common.base.errors import InputError
from common.base.printable import shortened
from common.table.analysis import Table

LOGITS, UNBIASED = (
    "logits",
    "logits_unbiased",
)  # of the classifier; the second without its bias, as torch-fidelity has it
# FID's network: 64, 192, 768 and 2048 are the channels where torch-fidelity and pytorch-fid take features.
TAPS = {"inception_v3:fid": {"64": "b1", "192": "b2", "768": "b4", "2048": "b5"}}
LETTERS = 60  # of a name, in a message


def layer_of(table: Table, name: str | None) -> str:
    """The canonical name of a layer of the trunk.

    Args:
        table: resolved.
        name: a stage, a block or a layer; ``logits`` or ``logits_unbiased``; for FID's network also 64, 192, 768 and
            2048. None is the last stage: what the classifier gets.

    Raises:
        InputError: there is none of that name; says the nearest, and the stages and blocks.

    >>> from common import nets
    >>> layer_of(nets.get("inception_v3:fid"), "768"), layer_of(nets.get("d2l"), None)
    ('b4', 'b5')
    """
    if name is None:
        return list(table.stages)[-1]
    if name == UNBIASED and "fc.bias" not in table.shapes:
        raise InputError(f"{table.name} has no bias in its classifier to leave out: take the layer 'fc'")
    if name in (LOGITS, UNBIASED):
        return "fc"
    taps = TAPS.get(table.name, {})
    layers = list(table.at(aux=False))
    found = taps.get(name, name)
    if found not in layers:
        blocks = [layer for layer in layers if layer.count(".") < 2]
        raise InputError(
            f"{table.name} has no layer {shortened(name, LETTERS)!r}: there are "
            f"{', '.join([*taps, LOGITS, UNBIASED])}, and by their own names {', '.join(blocks)} and what is in them"
        )
    return found
