"""A table written out as a file that imports the framework and nothing of ours.

==================  =================================================================================
file                holds
==================  =================================================================================
``asked``           what ``googlenet write`` works out
``file``            a whole file
``network_code``    the class of the network
``block_code``      the class of a block
``blocks``          which blocks are of one class, and what its arguments are
``nodes``           nodes as attributes of what holds them
``dialect``         what the frameworks have in common when a layer is written
``in_torch``        layers in the words of PyTorch; ``in_keras`` and ``in_gluon`` alike
``style``           how modules are put together in each framework
``templates``       the text of definitions
``loading``         how our weights get in
``channels``        numbers of channels as code; ``flow`` carries them through nodes
``names``           names of attributes and classes; ``naming`` gives them to blocks
``numbers``         numbers and sizes as code
``layout``          code as a formatter leaves it
==================  =================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.written.asked import write
    from common.written.file import written

__all__ = ["write", "written"]

__getattr__ = face(__name__, {"asked": ("write",), "file": ("written",)})
