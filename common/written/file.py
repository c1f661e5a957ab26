"""A whole file: what it is written from, what it needs, its blocks and its network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from common.table.analysis import Table
from common.written.block_code import block_class
from common.written.blocks import classes_of
from common.written.layout import paragraph
from common.written.loading import loader, shown
from common.written.names import titled
from common.written.naming import name_classes
from common.written.network_code import NetworkCode
from common.written.nodes import Spelling
from common.written.numbers import number
from common.written.style import STYLES, stage_class

FUNCTIONS = ("pair", "same", "around")
TAKEN = ("Block", "Conv", "Stage", "LRN", "Flatten", "AdaptiveAvgPool")  # by other classes


def written(table: Table, backend: str) -> str:
    """The network as a Python file that imports the framework and nothing of ours.

    Args:
        table: resolved.
        backend: one of `STYLES`.

    >>> from common import nets
    >>> "Inception(64, (96, 128), (16, 32), 32)" in written(nets.get("d2l"), "tf")
    True
    """
    style = STYLES[backend]
    classes = classes_of(table, inputs=style.dialect.takes_inputs)
    title = class_name(table)
    name_classes(classes.values(), {*TAKEN, title})
    spelling = Spelling(style, table, classes)
    network = NetworkCode(table, spelling, title)
    body = network.lines()
    blocks = [block_class(block, spelling) for block in reversed(classes.values())][::-1]  # the outer ones first
    definitions = spelling.dialect.definitions
    stage = stage_class(style, sized=network.sized, iterated=network.iterates)
    helpers = [definitions[name] for name in FUNCTIONS if name in definitions]
    helpers += [lines for name, lines in definitions.items() if name not in FUNCTIONS]
    parts = [*helpers, stage, *blocks, body, *loader(table, style.loading)]
    code = "\n\n\n".join("\n".join(part) for part in parts)
    head = "\n".join(_docstring(table, spelling, title))
    return f"{head}\n\n{_imports(spelling, code)}\n\n\n{code}\n"


def class_name(table: Table) -> str:
    """What the class of the network is called in the file.

    >>> from common import nets
    >>> class_name(nets.get("inception_bn")), class_name(nets.get("d2l"))
    ('InceptionNet', 'GoogLeNet')
    """
    title = titled(table.title)
    return f"{title}Net" if title in (*TAKEN, "Inception", "Residual", "Reduction", "Split", "Branches") else title


def _docstring(table: Table, spelling: Spelling, title: str) -> Iterator[str]:
    dialect = spelling.dialect
    yield from paragraph(f"{table.title} in {dialect.framework}: the table {table.name}, written out.", first='"""')
    yield ""
    yield from paragraph(f"Source: {table.source}.")
    if table.departures:
        yield ""
        yield "Departures:"
        for departure in table.departures:
            yield from paragraph(departure, "- ", "  ")
    yield ""
    axes = " x ".join(dialect.axes(("channels", "height", "width")))
    size = "x".join(map(str, dialect.axes(table.input)))
    yield from paragraph(f"The comments say what is behind each layer, {axes}, for an image of {size}.")
    if table.aux:
        yield ""
        yield from paragraph(_of_heads(table))
    yield ""
    yield from paragraph("Weights of this table, a file that the frameworks share, are loaded so:")
    yield ""
    yield from shown(table, spelling.style.loading, title)
    yield '"""'


def _of_heads(table: Table) -> str:
    weights = [f"{number(aux.loss_weight)} {name}" for name, aux in table.aux.items()]
    return (
        "While training it returns a dict of logits, fc and those of the auxiliary heads; "
        f"the loss is that of {' + '.join(['fc', *weights])}."
    )


def _imports(spelling: Spelling, code: str) -> str:
    """The imports that the code needs, in groups."""
    lines: list[str] = []
    for pattern, line in spelling.dialect.imports:
        used = [word for word in ("inf", "prod", "layers", "ops") if re.search(rf"\b{word}\b[.,)(]?", code)]
        choice = re.search(r"<(.*)>", line)
        if choice:
            some = [word for word in choice[1].split("|") if word in used]
            line = line.replace(choice[0], ", ".join(some))
            if not some:
                continue
        if not pattern or re.search(pattern, code):
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
