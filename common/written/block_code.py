"""The class of a block as code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common.table.spec import Node, Paths, Residual, Stage
from common.written.blocks import RELU, SCALE, BlockClass
from common.written.channels import Channels
from common.written.layout import WIDTH, Call, laid_out
from common.written.names import attribute, identifier
from common.written.nodes import Inputs, Spelling
from common.written.numbers import number


def block_class(block: BlockClass, spelling: Spelling) -> list[str]:
    """The lines of the class of a block."""
    style, sized = spelling.style, is_sized(block.node, spelling)
    base = style.words(sized).block
    lines = [f"class {block.name}({base}):", f'    """{_said(block)}"""', ""]
    own = ["self", *(["in_channels"] if spelling.dialect.takes_inputs else [])]
    lines += laid_out(Call("def __init__", (*own, *(argument.name for argument in block.arguments))), 4, behind=":")
    lines.append("        super().__init__()")
    lines += [f"        self.{key} = {key}" for key in (SCALE, RELU) if (key,) in block.same]
    ends = {}
    for path, nodes in block.node.paths.items():
        inputs = Inputs(Channels(("in_channels",)), flat=block.vector)
        attributes, _ = spelling.attributes(nodes, inputs, block.codes)
        chain = [each for entries in attributes.values() for each in entries]
        for name, call in chain:
            lines += assigned(name, call)
        ends[path] = [name for name, _ in chain]
    method = style.words(sized).method
    return [*lines, "", f"    {method}", *_computing(block, spelling, ends, sized)]


def is_sized(node: Node | Paths, spelling: Spelling) -> bool:
    """Whether one of the layers of a node must see the size of its map."""
    children = node.children.values() if isinstance(node, Stage | Paths) else ()
    return any(is_sized(child, spelling) for child in children) or spelling.dialect.is_sized(node)


def assigned(name: str, call: Call) -> list[str]:
    """The lines that make a layer an attribute.

    >>> assigned("p1_1", Call("Conv", (3,))), assigned("3a", Call("Conv", (3,)))
    (['        self.p1_1 = Conv(3)'], ['        setattr(self, "3a", Conv(3))'])
    """
    written = attribute(name)
    if written.startswith("self."):
        return laid_out(call, 8, before=f"{written} = ")
    return laid_out(Call("setattr", ("self", f'"{name}"', call)), 8)


def applied(names: Iterable[str], to: str, of: str = "self") -> str:
    """Layers one after the other as one expression.

    >>> applied(["p2_1", "p2_2"], "x")
    'self.p2_2(self.p2_1(x))'
    """
    expression = to
    for name in names:
        expression = f"{attribute(name, of)}({expression})"
    return expression


def steps(variable: str, names: list[str], to: str = "x") -> list[str]:
    """The lines that put what is behind layers into a variable.

    >>> steps("p2", ["p2_1", "p2_2"])
    ['        p2 = self.p2_2(self.p2_1(x))']
    """
    line = f"        {variable} = {applied(names, to)}"
    if len(line) <= WIDTH:
        return [line]
    first, *rest = names
    return [
        f"        {variable} = {applied([first], to)}",
        *(f"        {variable} = {applied([n], variable)}" for n in rest),
    ]


def _computing(block: BlockClass, spelling: Spelling, ends: dict[str, list[str]], sized: bool) -> Iterator[str]:
    words, node = spelling.style.words(sized), block.node
    variables = {path: identifier(path) if names else "x" for path, names in ends.items()}
    for path, names in ends.items():
        if names:
            yield from steps(variables[path], names)
    if not isinstance(node, Residual):
        concat = words.concat
        only = "," if len(variables) == 1 else ""
        paths = f"({', '.join(variables.values())}{only})"
        line = f"        return {concat.replace('<paths>', paths)}"
        if concat.startswith(("F", "mx")):
            line = line.replace(f"*{paths}", ", ".join(variables.values()))
        yield from [line] if len(line) <= WIDTH else _long(concat, list(variables.values()))
        return
    scale = "self.scale" if (SCALE,) in block.same else number(node.scale)
    scaled = variables["body"] if scale == "1" else f"{scale} * {variables['body']}"
    total = f"{variables['shortcut']} + {scaled}"
    if (RELU,) in block.same:
        yield f"        x = {total}"
        yield f"        return {words.relu.replace('<x>', 'x')} if self.relu else x"
    else:
        yield f"        return {words.relu.replace('<x>', total) if node.activation else total}"


def _long(concat: str, variables: list[str]) -> list[str]:
    """A concatenation of more paths than fit on a line."""
    before, behind = concat.split("<paths>")
    lines = ["        paths = [", *(f"            {variable}," for variable in variables), "        ]"]
    return [*lines, f"        return {before}paths{behind}"]


WORDS = ("no", "one", "two", "three", "four", "five", "six")


def _said(block: BlockClass) -> str:
    """What the docstring says: what it is, and which blocks of the network it makes."""
    names = [member.name for member in block.members]
    paths = len(block.node.paths)
    count = WORDS[paths] if paths < len(WORDS) else str(paths)
    kind = (
        "A shortcut around a body" if isinstance(block.node, Residual) else f"{count.capitalize()} paths side by side"
    )
    if block.owner is not None:
        return f"{kind}."
    short = [name.partition(".")[2] for name in names]
    listed = f"the block {short[0]}" if len(short) == 1 else f"the blocks {', '.join(short[:-1])} and {short[-1]}"
    if len(short) > 3:
        listed = f"the blocks from {short[0]} to {short[-1]}"
    line = f"{kind}: {listed}."
    return line if len(line) <= WIDTH - 10 else f"{kind}."
