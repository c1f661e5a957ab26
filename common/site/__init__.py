"""One self-contained page that shows the networks, their code side by side, and how they were compared.

==================  =================================================================================
file                holds
==================  =================================================================================
``asked``           what ``googlenet page`` works out
``rendering``       templates, styles and scripts put together into one file
``words``           every text of the page in English and Chinese, from ``words.json``
``beside``          the written-out files of a table in rows of parts that belong together
``own_source``      the source of the packages in such rows
``parts``           code divided into parts; ``aligned`` puts those of several files beside each other
``named_lines``     which layers of a table a line of a written-out file stands for
``coloured``        Python as coloured HTML, line by line
``outline``         a table as the page shows it: stages, blocks, layers with their sizes and costs
``drawings``        the drawing of each table, packed
``proof``           a report of ``googlenet compare`` in rows of stages; ``grids`` has its cells
``results``         such reports from a folder, or made on the spot
``published``       accuracies as published, with where they stand
``answers``         what a newcomer asks, each answered in a sentence
``curves``          runs of training over each other, as SVG
``confusion``       what the best weights of a run confuse; ``samples`` what a run says of some pictures
``speeds``          a benchmark as bars
``documents``       a folder of Markdown as pages of the same style; ``markdown`` makes the HTML of one
``differences``     where look-alike networks differ, as cards: ``differences.json``
``broken``          what the comparison says of known mistakes: ``broken.json``
==================  =================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.site.asked import page

__all__ = ["page"]

__getattr__ = face(__name__, {"asked": ("page",)})
