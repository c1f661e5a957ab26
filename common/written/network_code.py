"""The class of a network as code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
from common.table.layers import Layer
from common.table.spec import Conv, Dense, Paths, Stage
from common.written.block_code import applied, assigned, is_sized
from common.written.blocks import CHANNELS, INPUTS, Key
from common.written.channels import Channels, fixed
from common.written.layout import WIDTH, Call, commented, laid_out
from common.written.names import attribute, identifier
from common.written.nodes import Attributes, Inputs, Spelling

CLASSES = Channels(("num_classes",))
IMAGE = Channels(("in_channels",))


def free(table: Table) -> dict[str, int]:
    """The numbers that a caller may choose: those of which nothing else in the code depends.

    >>> from common import nets
    >>> free(nets.get("d2l"))
    {'in_channels': 1, 'num_classes': 10}
    """

    def rest(other: Table) -> list[object]:
        return [
            (layer.node.in_features, layer.node.units if not layer.node.classes else None)
            if isinstance(layer.node, Dense)
            else layer.node
            if isinstance(layer.node, Paths)
            else None
            for layer in other.layers.values()
        ]

    asked = {"in_channels": table.input[0], "num_classes": table.num_classes}
    found = {}
    for name, value in asked.items():
        try:
            other = nets.get(table, **{name: value + 1})  # type: ignore[arg-type]
        except InputError:
            continue
        if rest(other) == rest(table):
            found[name] = value
    return found


def codes_of(table: Table, chosen: dict[str, int]) -> dict[Key, Channels]:
    """The number of each layer of a table as code, by its place."""
    codes: dict[Key, Channels] = {}
    for name, layer in table.layers.items():
        node, place = layer.node, tuple(name.split("."))
        if isinstance(node, Conv | Dense):
            out = node.out_channels if isinstance(node, Conv) else node.out_features
            codes[(*place, CHANNELS)] = CLASSES if node.classes and "num_classes" in chosen else fixed(out)
        if isinstance(node, Dense):
            codes[(*place, INPUTS)] = fixed(node.in_features or 0)
    return codes


class NetworkCode:
    """Writes the class of a network."""

    def __init__(self, table: Table, spelling: Spelling, name: str):
        self.table, self.spelling, self.name = table, spelling, name
        self.chosen = free(table)
        self.codes = codes_of(table, self.chosen)
        ends = {aux.after.partition(".") for aux in table.aux.values()}
        self.iterates = any(block != [*table.stages[stage].nodes][-1] for stage, _, block in ends)
        self.layers = table.layers
        self.sized = any(is_sized(node, spelling) for node in (*table.trunk.values(), *table.heads.values()))

    def lines(self) -> list[str]:
        """The lines of the class."""
        style, dialect = self.spelling.style, self.spelling.dialect
        words = style.words(self.sized or bool(self.table.aux))
        image = " x ".join(map(str, dialect.axes(self.table.input)))
        told = dialect.takes_inputs or style.makes_variables  # how many channels an image has
        settings = [f"{name}={value}" for name, value in self.chosen.items() if told or name != "in_channels"]
        lines = [
            f"class {self.name}({words.net}):",
            f'    """Images, N x {image}, become logits, N x {self.table.num_classes}."""',
            "",
            *laid_out(Call("def __init__", ("self", *settings)), 4, behind=":"),
            "        super().__init__()",
            *self._modules(),
        ]
        if style.makes_variables:
            channels = "in_channels" if "in_channels" in self.chosen else self.table.input[0]
            size = str(Call("", dialect.axes((channels, *self.table.input[1:]))))
            heads = ", training=True" if self.table.aux else ""
            lines.append(f"        {style.makes_variables.replace('<size>', size).replace('<heads>', heads)}")
        method = style.net_method if self.table.aux else words.method
        return [*lines, "", f"    {method}", *self._forward()]

    def _modules(self) -> Iterator[str]:
        table = self.table
        first = IMAGE if "in_channels" in self.chosen else fixed(table.input[0])
        inputs, last = Inputs(first), [*table.stages][-1]
        tapped = any(aux.after.startswith(f"{last}.") for aux in table.aux.values())
        for name, stage in table.stages.items():
            attributes, inputs = self.spelling.attributes(
                stage.nodes, inputs, self.codes, (name,), ends_flat=name == last and not tapped
            )
            yield from self._stage(name, stage, attributes)
        self.at_end = inputs
        for name, head in table.heads.items():
            before = self.layers[table.aux[name].after]
            got = Inputs(fixed(before.output[0]), before.flat)
            attributes, _ = self.spelling.attributes(head.nodes, got, self.codes, (name,), ends_flat=True)
            yield from self._stage(name, head, attributes)
        yield from self._classifier()

    def _classifier(self) -> Iterator[str]:
        torch = self.spelling.dialect.takes_inputs
        inputs = replace(self.at_end, flat=True) if torch and isinstance(self.table.classifier, Dense) else self.at_end
        self.flattens = inputs != self.at_end
        attributes, _ = self.spelling.attributes({"fc": self.table.classifier}, inputs, self.codes)
        self.last = [name for name, _ in attributes["fc"]]
        for name, call in attributes["fc"]:
            yield from assigned(name, call)

    def _classified(self, stages: list[str]) -> tuple[list[str], str]:
        """(lines before, the logits as an expression) of what the last stages make of x."""
        if self.flattens:
            before = [f"        x = {applied(stages, 'x')}"] if stages else []
            return before, applied(self.last, "x.flatten(1)")
        return [], applied([*stages, *self.last], "x")

    def _stage(self, stage: str, node: Stage, attributes: dict[str, Attributes]) -> Iterator[str]:
        written = attribute(stage)
        simple = written.startswith("self.")
        yield f"        {written if simple else 'stage'} = Stage("
        names = list(attributes)
        while names:
            run = self._run(stage, names, attributes)
            layer = self.layers[f"{stage}.{names[len(run) - 1]}"]
            if len(run) > 2:
                first, call = names[0], attributes[names[0]][0][1]
                letters = "".join(name[-1] for name in run)
                entry = f'*((f"{first[:-1]}{{i}}", {call}) for i in "{letters}"),'
                yield from commented([f"            {entry}"], self._shape(layer), 12)
            else:
                run = names[:1]
                layer = self.layers[f"{stage}.{names[0]}"]
                for number, (name, call) in enumerate(attributes[names[0]]):
                    lines = laid_out(Call("", (f'"{name}"', call)), 12, behind=",")
                    shape = self._shape(layer) if number == len(attributes[names[0]]) - 1 else ""
                    yield from commented(lines, shape, 12)
            names = names[len(run) :]
        yield "        )"
        if not simple:
            yield f'        setattr(self, "{stage}", stage)'

    def _run(self, stage: str, names: list[str], attributes: dict[str, Attributes]) -> list[str]:
        """The names from the first on that differ in their last letter, with the same call on the same channels."""
        first, same = names[0], []
        for name in names:
            alike = len(name) == len(first) > 1 and name[:-1] == first[:-1]
            alike = alike and self.layers[f"{stage}.{name}"].input[0] == self.layers[f"{stage}.{first}"].input[0]
            if not alike or len(attributes[name]) != 1 or str(attributes[name][0][1]) != str(attributes[first][0][1]):
                break
            same.append(name)
        entry = f'*((f"{first[:-1]}{{i}}", {attributes[first][0][1]}) for i in "{len(same) * "a"}"),'
        return same if len(entry) + 12 <= WIDTH else names[:1]

    def _shape(self, layer: Layer) -> str:
        if tuple(layer.name.split(".")) in self.spelling.vectors:
            return str(layer.output[0])
        return "x".join(map(str, self.spelling.dialect.axes(layer.shape)))

    def _forward(self) -> Iterator[str]:
        table, style = self.table, self.spelling.style
        if not table.aux:
            stages = [*table.stages]
            before, logits = self._classified(stages)
            if max(map(len, [*before, f"        return {logits}"])) > WIDTH or len(stages) > 5:
                yield from (f"        x = {applied([stage], 'x')}" for stage in stages)
                before, logits = self._classified([])
            yield from [*before, f"        return {logits}"]
            return
        training = style.training
        after: dict[str, dict[str, list[str]]] = {}
        for name, aux in table.aux.items():
            stage, _, block = aux.after.partition(".")
            after.setdefault(stage, {}).setdefault(block, []).append(name)
        if training.endswith("()"):
            yield f"        training = {training}"
            training = "training"
        waiting: list[str] = []
        for stage, node in table.stages.items():
            if stage not in after:
                waiting.append(stage)
                continue
            yield from self._with_heads(stage, node, waiting, after[stage], training)
            waiting = []
        before, fc = self._classified(waiting)
        yield from [*before, f"        fc = {fc}"]
        logits = ", ".join(f'"{name}": {identifier(name)}' for name in table.aux)
        whole = f'        return {{"fc": fc, {logits}}} if {training} else fc'
        if len(whole) <= WIDTH:
            yield whole
        else:
            yield f"        if not {training}:"
            yield "            return fc"
            yield "        return {"
            yield from (f'            "{name}": {identifier(name)},' for name in ("fc", *table.aux))
            yield "        }"

    def _with_heads(
        self, stage: str, node: Stage, waiting: list[str], heads: dict[str, list[str]], training: str
    ) -> Iterator[str]:
        """The lines of a stage after whose blocks heads branch off."""
        if list(heads) == [list(node.nodes)[-1]]:
            yield f"        x = {applied([*waiting, stage], 'x')}"
            for name in next(iter(heads.values())):
                yield f"        {identifier(name)} = {applied([name], 'x')} if {training} else None"
            return
        if waiting:
            yield f"        x = {applied(waiting, 'x')}"
        yield f"        for name, block in {self.spelling.style.blocks.replace('<stage>', attribute(stage))}:"
        yield "            x = block(x)"
        for block, names in heads.items():
            yield f'            if {training} and name == "{block}":'
            yield from (f"                {identifier(name)} = {applied([name], 'x')}" for name in names)
