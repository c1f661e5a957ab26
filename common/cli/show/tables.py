"""Tables for people: how `common.table.overview` and `common.compare.passes` look on a terminal."""

from __future__ import annotations

from math import inf

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from common.base.printable import printable


class Plain(Table):
    """A table without lines, each of whose rows is one line whatever its words are."""

    def add_row(self, *cells: str | Text, style: str | None = None) -> None:
        """Add a row of words, or of words with colours."""
        super().add_row(*(printable(cell) if isinstance(cell, str) else cell for cell in cells), style=style)


def table(*columns: str) -> Plain:
    """A plain table; a column whose name starts with ``>`` is aligned to the right."""
    made = Plain(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", no_wrap=True)
    return made


def title(words: str) -> Text:
    """A line above a table."""
    return Text(words, style="bold")


def shape(values: list[int]) -> str:
    """C x H x W."""
    return "x".join(str(v) for v in values)


def error(value: float | None, limit: float) -> Text:
    """A relative error, marked if it is beyond the limit."""
    text = "-" if value is None else f"{value:.1e}"
    bad = value is None or value > limit
    return Text(f"{text} ✗" if bad else f"{text}  ", style="bold red" if bad else "green")


def nets(found: list[dict]) -> list[RenderableType]:
    """The list of tables, and below it where each departs from its source."""
    made = table("name", ">parameters", ">of heads", ">MACs", ">depth", "input", ">smallest", "padding")
    notes = []
    for net in found:
        made.add_row(
            net["name"],
            f"{net['params']:,}",
            f"{net['params_of_heads']:,}" if net["params_of_heads"] else "",
            f"{net['macs']:,}",
            str(net["depth"]),
            shape(net["input"]),
            f"{net['smallest_input']} px",
            net["convention"],
        )
        notes.append(Text(f"\n{net['name']}: {net['title']}", style="bold"))
        notes.append(Text(f"  source: {net['source']}"))
        if net["smallest_input_reason"]:
            notes.append(Text(f"  smallest image {net['smallest_input']} px; less: {net['smallest_input_reason']}"))
        notes += [Text(f"  - {sentence}") for sentence in net["departures"]]
    return [made, *notes]


def summary(found: dict) -> list[RenderableType]:
    """The layer table, sums, smallest input, and the paper's table where there is one."""
    made = table("layer", "kind", "output", ">parameters", ">statistics", ">MACs", ">receptive field", ">depth")
    for row in found["layers"]:
        indent = "  " * row["name"].count(".")
        field = row["receptive_field"]
        made.add_row(
            indent + row["name"],
            row["kind"],
            shape(row["output"]),
            f"{row['params']:,}" if row["params"] else "",
            f"{row['statistics']:,}" if row["statistics"] else "",
            f"{row['macs']:,}" if row["macs"] else "",
            "all" if field is None else shape(field) if field[0] != field[1] else str(field[0]),
            str(row["depth"]),
            style=None if row["leaf"] else "bold",
        )
    total = found["total"]
    heads, (low, high) = found["params_of_heads"], found["training_input"]
    lines = [
        f"{found['name']}: {found['title']} at {shape(found['input_shape'])}, {found['num_classes']} classes",
        f"{total['params']:,} parameters, {total['statistics']:,} moving statistics, {total['macs']:,} MACs, "
        f"depth {found['depth']}" + (f"; in its heads {heads:,} parameters more" if heads else ""),
        f"smallest image {found['smallest_input']} px"
        + (f" (one pixel less: {found['smallest_input_reason']})" if found["smallest_input_reason"] else "")
        + (f", largest {found['largest_input']} px" if found["largest_input"] else "")
        + (f"; with its heads {low} to {high} px" if heads and high else "")
        + (f"; with its heads {low} px" if heads and not high and low > found["smallest_input"] else ""),
    ]
    if found["heads_left_out"]:
        lines.append(f"left out at this size: {', '.join(found['heads_left_out'])}")
    parts = [made, Text(""), *(Text(line) for line in lines)]
    if found["published"]:
        parts += [
            Text(""),
            title("beside the paper's table (weights without biases, K = 1024; ✗: off by more than its last digit)"),
            _published(found["published"]),
        ]
    return parts


def _published(rows: list[dict]) -> Table:
    made = table("layers", ">parameters", ">printed", "", ">MACs", ">printed", "")
    for row in rows:
        made.add_row(
            ", ".join(row["layers"]),
            f"{row['params']:.1f}K",
            row["params_printed"],
            "" if row["params_agree"] else Text("✗", style="bold red"),
            f"{row['macs']:.1f}M",
            row["macs_printed"],
            "" if row["macs_agree"] else Text("✗", style="bold red"),
        )
    return made


def against(found: dict) -> list[RenderableType]:
    """Tables side by side; ratios are to the first."""
    made = table(
        *("name", "image", ">convolution", ">dense", ">normalisation", ">parameters", ">ratio", ">MiB", ">MACs"),
        *(">ratio", "largest layers"),
    )
    for net in found["networks"]:
        kinds = net["params_by_kind"]
        made.add_row(
            net["name"],
            shape(net["input_shape"]),
            *(f"{kinds[kind]:,}" if kinds[kind] else "" for kind in ("convolution", "dense", "normalisation")),
            f"{net['params']:,}",
            f"{net['params_ratio']:.2f}",
            f"{net['mib']:.1f}",
            f"{net['macs']:,}",
            f"{net['macs_ratio']:.2f}",
            ", ".join(f"{layer['layer']} {layer['share']:.0%}" for layer in net["largest"]),
        )
    note = "MiB of float32; without auxiliary heads; each table with its own channels and classes unless told otherwise"
    return [title(f"{found['net']} against {', '.join(found['against'])}"), made, Text(note)]


def conversion(found: dict) -> list[RenderableType]:
    """What was read, as which network, and what became of it."""
    heads = f", heads {', '.join(found['aux'])}" if found["aux"] else ""
    rows = {
        "read": f"{found['in']} ({found['format']}, {found['source']})",
        "network": f"{found['network']}, {found['in_channels']} channels, {found['num_classes']} classes{heads}",
        "tensors": f"{found['tensors']:,} of {found['numbers']:,} numbers, {found['dtype']}"
        + (f"; {found['constants']:,} of them constants that the file leaves out" if found["constants"] else ""),
        "images": found["preprocessing"] or "nothing is known of how they are prepared",
        "ignored": _some(found["ignored"]),
        "also fits": f"{', '.join(found['also_fits'])} (--source says which)" if found["also_fits"] else "",
        "left out": f"{', '.join(found['heads_left_out'])}: they serve training" if found["heads_left_out"] else "",
        "written": found["out"],
    }
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    made.add_column(no_wrap=True, style="bold")
    made.add_column(overflow="fold")
    for what, words in rows.items():
        if words:
            made.add_row(what, words)
    return [made]


def _some(names: list[str]) -> str:
    """How many names, and the first of them."""
    return f"{len(names)}: {', '.join(names[:2])}{', ... (--json has all)' if len(names) > 2 else ''}" if names else ""


def predictions(found: dict) -> list[RenderableType]:
    """The classes of each picture, the most probable first."""
    made = table("image", ">probability", ">class", "label")
    for image in found["images"]:
        for i, best in enumerate(image["top"]):
            name = image["path"] if i == 0 else ""
            made.add_row(name, f"{best['probability']:.4f}", str(best["index"]), best["label"] or "")
    return [title(f"{found['network']} in {found['framework']}; {found['preprocessing']}"), made]


def comparison(found: dict) -> list[RenderableType]:
    """Stage by stage, then the largest error of each stage's gradients and moving statistics, then the verdict."""
    backends = found["backends"]
    head = (
        f"{found['net']}, {found['images']} images of {shape(found['input_shape'])}, {found['dtype']}, {found['mode']}"
    )
    stages = table("stage", "output", ">parameters", ">MACs", *(f">{b}" for b in backends))
    for row in found["stages"]:
        stages.add_row(
            row["name"],
            shape(row["shape"]),
            f"{row['params']:,}",
            f"{row['macs']:,}",
            *(error(row["backends"][b]["rel_err"], row["limit"]) for b in backends),
        )
    counts = found["params"]
    wrong = [f"{b}: {counts[b]:,}" for b in backends if counts[b] != counts["table"]]
    lines = [f"parameters: {counts['table']:,} in the table and in {', '.join(backends)}"]
    if wrong:
        lines = [f"parameters: {counts['table']:,} in the table, but {'; '.join(wrong)}"]
    if found["heads_left_out"]:
        lines.append(f"left out, for they do not take images of this size: {', '.join(found['heads_left_out'])}")
    parts = [title(f"{head}: relative error"), stages, *(Text(line) for line in lines)]
    for what, name in (("statistics", "moving statistics after one step"), ("gradients", "gradients")):
        if found[what]:
            parts += [Text(""), title(f"{name}: largest relative error"), _largest(found[what], backends)]
    if found["moving"]:
        parts += [Text(f"{name}: {rule}") for name, rule in found["moving"].items()]
    return [*parts, Text(""), verdict(found)]


def _largest(rows: list[dict], backends: list[str]) -> Table:
    """For each stage, the error that is largest beside its limit, and which tensor has it."""
    made = table("stage", ">tensors", *(f">{b}" for b in backends), "largest in")
    stages: dict[str, list[dict]] = {}
    for row in rows:
        stages.setdefault(row["name"].split(".")[0], []).append(row)

    def size(row: dict, backend: str) -> float:
        value = row["backends"][backend]["rel_err"]
        return inf if value is None else value / row["limit"]

    for stage, tensors in stages.items():
        cells, found = [], []
        for backend in backends:
            own = [row for row in tensors if backend in row["backends"]]  # one backend may have more than another
            worst = max(own, key=lambda row, b=backend: size(row, b), default=None)
            cells.append("" if worst is None else error(worst["backends"][backend]["rel_err"], worst["limit"]))
            found += [] if worst is None else [(size(worst, backend), worst["name"])]
        made.add_row(stage, str(len(tensors)), *cells, max(found, key=lambda pair: pair[0])[1])
    return made


def verdict(found: dict) -> Text:
    """The last line: do they agree, and if not, who leaves first and where."""
    rows = [*found["stages"], *(found["gradients"] or ()), *(found["statistics"] or ())]
    limits = sorted({row["limit"] for row in rows})
    limit = f"limit {limits[0]:.1e}" + (f" to {limits[-1]:.1e}" if len(limits) > 1 else "")
    if not found["agree"]:
        sentences = []
        for d in found["divergences"]:
            size = "" if d["rel_err"] is None else f", relative error {d['rel_err']:.1e}"
            sentences.append(f"{d['backend']} first in stage {d['stage']}, {d['what']} of {d['where']}{size}")
        return Text(f"DIVERGE: {'; '.join(sentences)} ({limit})", style="bold red")
    who, verb = ", ".join(found["frameworks"].values()), "compute" if len(found["backends"]) > 1 else "computes"
    largest = max(b["rel_err"] for row in rows for b in row["backends"].values())
    return Text(
        f"AGREE: {who} {verb} the same function as the NumPy reference (largest relative error {largest:.1e}; {limit})",
        style="bold green",
    )
