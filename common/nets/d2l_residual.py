"""The book's exercise: a residual connection around each Inception block."""

from common.nets.googlenet import CHANNELS, stages
from common.table.spec import Conv, Network, Residual, Stage


def _stages() -> dict[str, Stage]:
    with_shortcuts, channels = stages(), 192  # the channels of b2
    for stage, rows in CHANNELS.items():
        nodes = dict(with_shortcuts[stage].nodes)
        for name, (c1, c2, c3, c4) in rows.items():
            out = c1 + c2[1] + c3[1] + c4
            shortcut = () if out == channels else (Conv(out, 1, activation=None),)
            nodes[name] = Residual((nodes[name],), shortcut)
            channels = out
        with_shortcuts[stage] = Stage(**nodes)
    return with_shortcuts


D2L_RESIDUAL = Network(
    name="d2l_residual",
    title="GoogLeNet of the book with residual connections",
    source="Zhang et al., Dive into Deep Learning, section 8.4, exercises; He et al. 2016; Szegedy et al. 2017",
    input=(1, 96, 96),
    num_classes=10,
    convention="floor",
    stages=_stages(),
    departures=(
        "The local response normalisation of the paper is left out.",
        "The auxiliary classifiers and the dropout of the paper are left out.",
        "Each Inception block is the body of relu(x + block(x)); the block's own last ReLUs stay.",
        "Where a block changes the channels (3a, 3b, 4a, 4d, 4e, 5b), its shortcut is a 1x1 convolution.",
    ),
)
