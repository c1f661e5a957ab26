"""A network as a list of elementary rows, whoever has written it down, and where two such lists first differ.

A table of ours (support/table_rows.py), a publisher's model (support/published_graphs.py) and a network written down by
hand from a paper (support/literal_*.py) all become a `Graph`: convolution, normalisation, activation, pool
and so on are rows of their own, each with its facts and with the rows it takes its input from. `first_difference` puts
two graphs into the same order, which begins at the image, and names the first row that differs.

Windows are reduced to what they do at one size of image: the rows and columns before the map, those that the last
window reaches behind it, and the size of the output. The arithmetic here is that of the frameworks' documentation, not
that of `common.table.padding`, which is one of the things under test.
"""

from dataclasses import dataclass, field
from math import ceil, floor


@dataclass(frozen=True)
class Ours:
    """A value that the source does not give: ``sentence`` is how the table must say that the choice is ours."""

    value: object
    sentence: str


@dataclass
class Row:
    """One elementary layer: its name in its source's own words, which is not compared, and its facts, which are."""

    name: str
    kind: str
    inputs: tuple[int, ...]
    shape: tuple[int, int, int]  # (C, H, W) of the output
    facts: dict[str, object] = field(default_factory=dict)


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def _axis(size, kernel, stride, pad, rounding_up):
    """(before, output) along one axis, for a padding of numbers or TensorFlow's "same"."""
    if pad == "same":  # tensorflow.org/api_docs/python/tf/nn, notes on padding: the odd row goes to the end
        out = ceil(size / stride)
        return max((out - 1) * stride + kernel - size, 0) // 2, out
    steps = (size + 2 * pad - kernel) / stride
    out = (ceil(steps) if rounding_up else floor(steps)) + 1
    if rounding_up and (out - 1) * stride >= size + pad:  # torch.nn.MaxPool2d: no window starts in the right padding
        out -= 1
    return pad, out


class Graph:
    """Rows in the order in which they were added; each method adds one and returns its number."""

    def __init__(self, source: str):
        self.source = source
        self.rows: list[Row] = []
        self.ends: dict[str, int] = {}  # "fc" and the heads, by name, to the row of their loss
        self.sentences: list[str] = []  # what the table must say, by `Ours`

    def add(self, name, kind, inputs, shape, /, **facts):
        for key, value in facts.items():
            if isinstance(value, Ours):
                self.sentences.append(value.sentence)
                facts[key] = value.value
        self.rows.append(Row(name, kind, tuple(inputs), tuple(shape), facts))
        return len(self.rows) - 1

    def shape(self, x):
        return self.rows[x].shape

    def image(self, shape):
        return self.add("image", "image", (), shape, shape=tuple(shape))

    def window(self, name, kind, x, kernel, stride, before, out, *, channels=None, **facts):
        """A window whose ``before`` (top, left) and ``out`` (H, W) are known."""
        (c, *size), kernel, stride = self.shape(x), _pair(kernel), _pair(stride)
        behind = [(o - 1) * s + k - n - b for o, s, k, n, b in zip(out, stride, kernel, size, before, strict=True)]
        if "counts_padding" in facts and max(*before, *behind) <= 0:
            facts["counts_padding"] = None  # there is none
        if kind == "average" and kernel == tuple(size) and tuple(out) == (1, 1):
            return self.global_average(name, x)
        padding = {"top": before[0], "bottom": behind[0], "left": before[1], "right": behind[1]}
        shape = (channels or c, *out)
        facts = {"kernel": kernel, "stride": stride, "padding": padding, "output": shape, **facts}
        return self.add(name, kind, (x,), shape, **facts)

    def padded(self, name, kind, x, kernel, stride, pad, *, rounding_up=False, **facts):
        """A window padded by ``pad`` rows (and columns) on each side, or by TensorFlow's "same"."""
        kernel, stride = _pair(kernel), _pair(stride)
        pads = ("same", "same") if pad == "same" else _pair(pad)
        size = self.shape(x)[1:]
        axes = [_axis(size[i], kernel[i], stride[i], pads[i], rounding_up) for i in (0, 1)]
        return self.window(name, kind, x, kernel, stride, *zip(*axes, strict=True), **facts)

    def conv(self, name, x, channels, kernel, stride=1, pad=0, *, bias):
        return self.padded(name, "convolution", x, kernel, stride, pad, channels=channels, bias=bias)

    def maximum(self, name, x, kernel, stride, pad=0, *, rounding_up=False):
        return self.padded(name, "maximum", x, kernel, stride, pad, rounding_up=rounding_up)

    def average(self, name, x, kernel, stride, pad=0, *, counts_padding=False, rounding_up=False):
        up = rounding_up
        return self.padded(name, "average", x, kernel, stride, pad, rounding_up=up, counts_padding=counts_padding)

    def global_average(self, name, x):
        return self.add(name, "global average", (x,), (self.shape(x)[0], 1, 1))

    def adaptive_average(self, name, x, size):
        size = _pair(size)
        if size == (1, 1):
            return self.global_average(name, x)
        return self.add(name, "adaptive average", (x,), (self.shape(x)[0], *size), size=size)

    def norm(self, name, x, eps, momentum, *, scale=True):
        """``momentum`` is the weight of the old value; ``scale``: whether it is trained."""
        return self.add(name, "normalisation", (x,), self.shape(x), eps=eps, momentum=momentum, scale=scale)

    def activation(self, name, x, kind="relu"):
        return self.add(name, kind, (x,), self.shape(x))

    def lrn(self, name, x, size, alpha, beta, k):
        facts = {"size": size, "alpha": alpha, "beta": beta, "k": k}
        return self.add(name, "local response normalisation", (x,), self.shape(x), **facts)

    def dropout(self, name, x, p):
        return self.add(name, "dropout", (x,), self.shape(x), p=p)

    def dense(self, name, x, units, *, bias=True):
        c, h, w = self.shape(x)
        return self.add(name, "dense", (x,), (units, 1, 1), features=c * h * w, units=units, bias=bias)

    def concat(self, name, parts):
        """Parts that are concatenations themselves are replaced by their own parts: the result is the same."""
        parts = [p for x in parts for p in (self.rows[x].inputs if self.rows[x].kind == "concatenation" else (x,))]
        shapes = [self.shape(x) for x in parts]
        return self.add(name, "concatenation", parts, (sum(s[0] for s in shapes), *shapes[0][1:]))

    def sum(self, name, x, body, scale):
        return self.add(name, "sum", (x, body), self.shape(x), scale=scale)

    def end(self, name, x, weight=1.0):
        """The logits called ``name``, whose loss counts with ``weight``."""
        self.ends[name] = self.add(f"the loss of {name}", "loss", (x,), (1, 1, 1), weight=weight)

    def adopt(self, kind, fact, theirs, ours, sentence):
        """Where a source says ``theirs`` in every row of a kind, say ``ours``: the table declares that it differs."""
        rows = [row for row in self.rows if row.kind == kind]
        assert {row.facts[fact] for row in rows} == {theirs}, f"{self.source}: {fact} is not {theirs} throughout"
        for row in rows:
            row.facts[fact] = ours
        self.sentences.append(sentence)

    def drop_before_logits(self, p, sentence):
        """Put a dropout before the classifier where a source has none and the table declares one."""
        logits = self.rows[self.rows[self.ends["fc"]].inputs[0]]
        logits.inputs = (self.dropout("none here", logits.inputs[0], p),)
        self.sentences.append(sentence)

    def without_heads(self):
        found = Graph(self.source)
        found.rows, found.ends = self.rows, {"fc": self.ends["fc"]}
        return found

    def ordered(self):
        """The rows that lead to the ends, each behind its inputs, which are numbers in this order."""
        place, found = {}, []
        for name in sorted(self.ends, key=lambda name: (name != "fc", name)):
            stack = [self.ends[name]]
            while stack:
                number = stack[-1]
                missing = [x for x in self.rows[number].inputs if x not in place]
                if number in place or not missing:
                    stack.pop()
                    if number not in place:
                        place[number] = len(found)
                        row = self.rows[number]
                        inputs = tuple(place[x] for x in row.inputs)
                        found.append(Row(row.name, row.kind, inputs, row.shape, row.facts))
                else:
                    stack.extend(reversed(missing))
        return found


def first_difference(ours, theirs):
    """One sentence about the first row that differs between two graphs, or None."""
    here, there = ours.ordered(), theirs.ordered()
    for a, b in zip(here, there, strict=False):
        at = f"{ours.source}, {a.name} ({theirs.source}: {b.name})"
        if a.kind != b.kind:
            return f"{at}: {a.kind} here, {b.kind} there"
        if a.inputs != b.inputs:
            names = [", ".join(rows[x].name for x in row.inputs) for row, rows in ((a, here), (b, there))]
            return f"{at}: {a.kind} takes {names[0]} here, {names[1]} there"
        for fact in {**a.facts, **b.facts}:
            values = a.facts.get(fact), b.facts.get(fact)
            if values[0] != values[1]:
                return f"{at}: {fact} of the {a.kind} is {values[0]} here, {values[1]} there"
    if len(here) != len(there):
        longer, which = (here, "here") if len(here) > len(there) else (there, "there")
        row = longer[min(len(here), len(there))]
        return f"{ours.source}: {row.kind} {row.name} is only {which} ({theirs.source})"
    return None
