"""What a table says: the vocabulary it is written in, and everything that follows from it by arithmetic.

=================  ==================================================================================
file               holds
=================  ==================================================================================
``spec``           the vocabulary, all of it: what a module of `common.nets` imports
``nodes``          the vocabulary's layers
``blocks``         what layers are put together to: stages, parallel paths, sums
``network``        heads, and `Network`
``checks``         what the fields of a table may be; asked when it is made
``names``          what its parts may be called
``padding``        the three padding conventions, as numbers of rows and columns
``layers``         shapes, parameters, MACs and receptive field of each layer at one size of image
``analysis``       `Table`: a resolved network, with its layers and tensors
``resolve``        from a network as it is written to a `Table`
``sizes``          the sizes of image that a table takes
``memory``         how much memory a command needs, by arithmetic
``rules``          how the first weights of a layer are drawn
``tensors``        checks and halves of canonical weights, name by name
``drawing``        two ways to draw canonical weights
``published``      a paper's own numbers beside the arithmetic
``overview``       what ``googlenet nets`` and ``googlenet summary`` tell
``side_by_side``   what ``googlenet summary --against`` tells
=================  ==================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.table.analysis import Layers, Table, Tensor
    from common.table.drawing import initial, probing
    from common.table.overview import describe, summary
    from common.table.padding import SAME, VALID, Pad
    from common.table.sizes import check_input
    from common.table.spec import Network

__all__ = [
    "SAME",
    "VALID",
    "Layers",
    "Network",
    "Pad",
    "Table",
    "Tensor",
    "check_input",
    "describe",
    "initial",
    "probing",
    "summary",
]

__getattr__ = face(
    __name__,
    {
        "analysis": ("Layers", "Table", "Tensor"),
        "drawing": ("initial", "probing"),
        "overview": ("describe", "summary"),
        "padding": ("SAME", "VALID", "Pad"),
        "sizes": ("check_input",),
        "spec": ("Network",),
    },
)
