"""What ``googlenet page`` and `googlenet.page` work out: one file, from the tables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common import __version__, nets
from common.base.errors import InputError
from common.base.files import check_writable, replacing
from common.base.printable import as_line
from common.base.progress import Nobody, Watcher
from common.compare.mistakes import MISTAKES
from common.site.answers import answers
from common.site.beside import beside
from common.site.broken import for_script, shipped
from common.site.curves import panels, shown_runs
from common.site.differences import command, grouped_cards
from common.site.documents import Document, documents
from common.site.drawings import packed, theme_style
from common.site.grids import TICKS
from common.site.outline import outline
from common.site.own_source import own_source
from common.site.proof import proof
from common.site.published import published
from common.site.rendering import rendered, require_libraries
from common.site.results import from_folder, on_the_spot
from common.site.speeds import speeds
from common.table.analysis import Table
from common.table.spec import Network
from common.written.style import STYLES

FILE = "index.html"
SECTIONS = ("start", "networks", "side", "proof", "differences", "training", "speed")  # each has a template of its name
DOCS = "docs"
FIRST = "d2l"


def page(
    networks: Sequence[str | Network] | None = None,
    out: str | os.PathLike = "page",
    *,
    results: str | os.PathLike | None = None,
    prove: bool | None = None,
    runs: Sequence[str | os.PathLike] = (),
    bench: str | os.PathLike | None = None,
    docs: str | os.PathLike | None = None,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Make the page: one file that opens from the disk and asks for nothing else.

    Args:
        networks: names, or tables of your own; None is every table there is.
        out: the folder, which is made where there is none; the file in it is `FILE`.
        results: a folder of what ``googlenet compare --json`` has written.
        runs: folders of runs of ``googlenet train``, whose curves are shown over each other.
        bench: what ``googlenet bench --json`` has written.
        prove: compare those of `common.site.results.PROVEN` on the spot; None is where no results are given.
        docs: a folder of Markdown, whose pages are made beside it, in a folder `DOCS`.
        watcher: is told what is being done.

    Returns:
        What ``googlenet page --json`` writes; see docs/json.md.

    Raises:
        InputError: no such network, two of one name, a folder that cannot be written to, results, runs or a
            benchmark that are none, or a folder without Markdown.
        MissingLibrary: Jinja2, Pygments or markdown-it-py is not installed.
    """
    require_libraries()
    tables = _tables(networks)
    watcher = watcher or Nobody()
    reports = {} if results is None else from_folder(results, tables)
    trained = shown_runs(runs)
    measured = None if bench is None else speeds(bench)
    pages = [] if docs is None else documents(docs)
    place = _place(out)
    if prove if prove is not None else results is None:
        reports = {**on_the_spot(tables, watcher), **reports}
    with watcher.bar("writing the networks out") as bar:
        shown = [_network(table, reports.get(table.name)) for table in bar(tables, len(tables))]
    html = rendered(
        "page.html",
        version=__version__,
        sections=SECTIONS,
        columns={backend: style.dialect.framework for backend, style in STYLES.items()},
        networks=shown,
        layers={each["outline"].name: each["outline"].layers for each in shown},
        first=FIRST if FIRST in [table.name for table in tables] else tables[0].name,
        most={kind: max(each["outline"].facts["total"][kind] for each in shown) for kind in ("params", "macs")},
        theme_style=theme_style(),
        answers=answers(len(tables), [each["proof"] for each in shown if each["proof"]], measured),
        runs=trained,
        panels=panels(trained),
        bench=measured,
        bench_words=_conditions(measured),
        ticks=TICKS,
        cards=grouped_cards(),
        command=command,
        mistakes=[mistake.key for mistake in MISTAKES],
        broken=for_script(),
        broken_frameworks=list(shipped()["frameworks"].values()),
        source=own_source(),
        source_name=lambda name: lambda backend: f"{backend}_{name}",
        documents=f"{DOCS}/{pages[0].file}" if pages else None,
    )
    with replacing(place) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return {
        "file": os.fspath(place),
        "bytes": len(html.encode()),
        "networks": [table.name for table in tables],
        "runs": len(trained),
        "bench": measured is not None,
        "proven": {name: report["verdict"] for name, report in reports.items()},
        "documents": [os.fspath(each) for each in _documents(pages, place.parent / DOCS)],
    }


def _documents(pages: Sequence[Document], folder: Path) -> list[Path]:
    """Write the pages of Markdown into their folder; their files, in their order."""
    if pages:
        folder.mkdir(exist_ok=True)
    neighbours = zip(pages, [None, *pages], [*pages[1:], None], strict=False)
    for page, before, after in neighbours:
        values = {"page": page, "pages": pages, "before": before, "after": after}
        html = rendered("document.html", version=__version__, home=f"../{FILE}", **values)
        with replacing(folder / page.file) as temporary:
            temporary.write_text(html, encoding="utf-8")
    return [folder / page.file for page in pages]


def _tables(networks: Sequence[str | Network] | None) -> list[Table]:
    tables = [nets.get(each) for each in (nets.names() if networks is None else networks)]
    names = [table.name for table in tables]
    if not names:
        raise InputError("a page needs a network: name one, or leave the list out")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the network {name!r} is asked for twice: name it once")
    return tables


def _network(table: Table, report: Mapping[str, Any] | None) -> dict[str, Any]:
    stem = re.sub(r"\W+", "_", table.name)
    return {
        "outline": outline(table),
        "drawing": packed(table, f"{stem}-"),
        "beside": beside(table),
        "proof": None if report is None else proof(report),
        "stem": stem,
        "published": published(table),
        "file_name": lambda backend: f"{stem}_{backend}.py",
    }


def _conditions(bench: Mapping[str, Any] | None) -> str:
    """On what it was measured, in a line."""
    if bench is None:
        return ""
    own = bench["conditions"]
    words = [own["cpu"], own["system"], own["started"], *bench["frameworks"].values()]
    return ", ".join(as_line(str(each)) for each in words if each)


def _place(out: str | os.PathLike) -> Path:
    """The file to write, in a folder that is there.

    Raises:
        InputError: the folder cannot be made, or written to.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{out}: cannot be made: {why}: choose another folder with --out") from None
    check_writable(folder / FILE)
    return folder / FILE
