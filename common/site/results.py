"""Reports of ``googlenet compare`` from a folder, or made on the spot, one for each network of a page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from common.base import strict_json
from common.base.errors import InputError
from common.base.progress import Watcher
from common.compare import asked
from common.contract import backend
from common.runs.records import COUNT, NUMBER, OBJECT, TEXT, Rule, check, list_of, one_of, optional
from common.site.grids import AGREE
from common.site.proof import proof
from common.table.analysis import Table

Report = Mapping[str, Any]
PROVEN = ("d2l", "d2l_bn")  # compared on the spot where no results are given: together they take a minute
SIZE = (64, 64)
STEPS = 2
MOST_FILES, MOST_BYTES = 500, 32 << 20
OBJECTS, SHAPE = list_of(OBJECT), list_of(COUNT)
ERROR = Rule("a number from 0 on, or null", lambda value: value is None or (NUMBER.holds(value) and value >= 0))
LIMIT = Rule("a number from 0 on", lambda value: NUMBER.holds(value) and value >= 0)
RULES = {
    "net": TEXT,
    "mode": one_of("training", "evaluation"),
    "input_shape": SHAPE,
    "images": COUNT,
    "dtype": TEXT,
    "backends": list_of(TEXT),
    "frameworks": OBJECT,
    "reference": one_of("numpy"),
    "stages": OBJECTS,
    "gradients": optional(OBJECTS),
    "statistics": optional(OBJECTS),
    "steps": optional(OBJECTS),
    "verdict": one_of("agree", "diverge", "not judged"),
    "first_divergence": optional(OBJECT),
    "divergences": OBJECTS,
    "not_judged": OBJECTS,
    "errors": OBJECT,
}
STAGE = {"name": TEXT, "shape": SHAPE, "params": COUNT, "limit": LIMIT, "backends": OBJECT}
OF_STAGE = {"shape": optional(SHAPE), "params": optional(COUNT), "rel_err": ERROR}
TENSOR = {"name": TEXT, "limit": LIMIT, "backends": OBJECT}
STEP = {"step": COUNT, "limits": OBJECT, "backends": OBJECT}
KINDS = ("loss", "statistic", "velocity", "parameter")
DIVERGENCE = {"backend": TEXT, "what": TEXT, "where": optional(TEXT), "rel_err": ERROR}


def from_folder(folder: str | os.PathLike, tables: Sequence[Table]) -> dict[str, Report]:
    """The reports that ``*.json`` of a folder hold, by network; files that hold anything else are passed over.

    Of several of one network that counts which says the worst; then that which has steps, then gradients, then the
    newest.

    Args:
        folder: not searched below.
        tables: those of the page.

    Raises:
        InputError: no such folder, or a report that is none, or that is about another table of the name.
    """
    known = {table.name: table for table in tables}
    best: dict[str, tuple[tuple, Report]] = {}
    for path in _files(Path(folder)):
        report = _report(path)
        if report is None or report["net"] not in known:
            continue
        _check_table(report, known[report["net"]], path)
        rank = (report["verdict"] != "agree", bool(report["steps"]), bool(report["gradients"]), path.stat().st_mtime)
        if report["net"] not in best or rank > best[report["net"]][0]:
            best[report["net"]] = (rank, report)
    return {name: report for name, (_, report) in best.items()}


def on_the_spot(tables: Sequence[Table], watcher: Watcher) -> dict[str, Report]:
    """Reports on the tables called as `PROVEN`, in every framework that is installed; none where none is."""
    chosen = [table for table in tables if table.name in PROVEN]
    if not chosen or not backend.installed():
        return {}
    return {
        table.name: asked.compare(table, image_size=SIZE, gradients=True, steps=STEPS, watcher=watcher)
        for table in chosen
    }


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".json" and path.is_file())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{folder}: cannot be read: {why}: --results takes a folder of reports") from None
    if len(files) > MOST_FILES:
        raise InputError(f"{folder}: {len(files):,} files of JSON, of which {MOST_FILES} are read at most")
    return files


def _report(path: Path) -> Report | None:
    """The report in a file; None where it holds JSON that is none.

    Raises:
        InputError: no JSON, or a report that is not as docs/json.md says.
    """
    report = strict_json.read(path, MOST_BYTES, "report")
    if not isinstance(report, dict) or not {"reference", "stages", "verdict"} <= report.keys():
        return None
    check_report(report, str(path))
    return report


def check_report(report: Report, where: str) -> None:
    """Require that a report has what the page shows of it.

    Raises:
        InputError: names the value that is missing, or not as docs/json.md says.
    """
    check(report, RULES, where, exactly=False)
    for record, rules in _records(report):
        check(record, rules, where, exactly=False)
    if not report["stages"] or not report["backends"]:
        raise InputError(f"{where}: a report on no stage or no framework")
    said, beyond = report["verdict"], bool(report["divergences"])
    cells = [cell for rows in proof(report).parts.values() for row in rows for cell in row.cells.values()]
    if (said == "diverge") != beyond or (said == "agree" and not all(cell.verdict == AGREE for cell in cells)):
        raise InputError(f"{where}: its verdict is not that of its errors: compare again")


def _records(report: Report) -> Iterator[tuple[Any, dict[str, Rule]]]:
    """(a record within a report, the rules that it must keep) of each."""
    for stage in report["stages"]:
        yield stage, STAGE
        for own in stage["backends"].values():
            yield own if isinstance(own, dict) else {}, OF_STAGE
    for tensor in [*(report["gradients"] or ()), *(report["statistics"] or ())]:
        yield tensor, TENSOR
        for own in tensor["backends"].values():
            yield own if isinstance(own, dict) else {}, {"rel_err": ERROR}
    for step in report["steps"] or ():
        yield step, STEP
        yield step["limits"], dict.fromkeys(KINDS, LIMIT)
        for errors in step["backends"].values():
            for kind, own in errors.items() if isinstance(errors, dict) else ():
                yield (own if isinstance(own, dict) and kind in KINDS else {}), {"rel_err": ERROR}
    for each in [*report["divergences"], *([report["first_divergence"]] if report["first_divergence"] else [])]:
        yield each, DIVERGENCE
    for each in report["not_judged"]:
        yield each, DIVERGENCE


def _check_table(report: Report, table: Table, path: Path) -> None:
    names = [stage["name"] for stage in report["stages"]]
    if names[: len(table.trunk)] != list(table.trunk) or not set(names) <= {*table.trunk, *table.heads}:
        raise InputError(f"{path}: a report on another {table.name}, with other stages: compare again")
