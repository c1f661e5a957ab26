"""Every path, name, link, test and command that a page, a docstring or a message mentions is there.

Each rule is also tried on a mention of what is not there: a rule that finds nothing guards nothing.
"""

import importlib
import re
import shlex
from functools import cache

import pytest
import typer
from support.syntax import ROOT

from common.contract import backend
from common.nets import outside

OWN = "googlenet_torch|googlenet_tf|googlenet_mxnet|googlenet"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FOLDERS = ("common", *OWN.split("|"), "tests")
CODE = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if path.name != "test_links.py")
FILES = [*PAGES, *CODE, ROOT / "Makefile", ROOT / "pyproject.toml"]
PATH = re.compile(rf"(?<![\w/.$}}\"'-])((?:docs|tests|common|{OWN})/[\w./*-]*\w)")
FILE = re.compile(r"(?<![\w./*{}-])((?:test_|mutants_)[\w*]+\.py|(?<=`)\w+\.py(?=`))")
NAME = re.compile(rf"`((?:common|{OWN})(?:\.\w+)+)")
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"(?<=\[)([^\[\]]*)\]\((?!https?:)([^)]+)\)")
COMMAND = re.compile(r"(?:^|`|\$\(BIN\)/|Example: |^ {13})(googlenet(?: [^`#\n]*)?)", re.M)

GROUPS = (backend.GROUP, outside.GROUP)
# Files of a reader, which pages show.
EXAMPLES = {name for page in PAGES for name in re.findall(r"^```python file=(\S+)$", page.read_text(), re.M)}


@cache
def named(name):
    """A base name of files in the project."""
    return any(path.name == name or path.match(name) for path in (*CODE, *PAGES))


def paths(text):
    """Paths from the root of the project, and names of files, that are not there."""
    gone = {path for path in PATH.findall(text) if not any(ROOT.glob(path))}
    return gone | {name for name in FILE.findall(text) if name not in EXAMPLES and not named(name)}


def exists(name):
    """Whether a dotted name leads to a module, or to something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if part in getattr(value, "__annotations__", {}):  # a field of a dataclass
                return True
            value = getattr(value, part, None)
        return value is not None
    return False


def names(text):
    """Dotted names of modules, functions and classes that are not there; groups of entry points look like these."""
    return {name for name in NAME.findall(text) if not (name in GROUPS or name.endswith(".py") or exists(name))}


def anchors(page):
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def links(text, page):
    """Relative links that lead nowhere, or to a heading that is not there, or to another page than they say.

    Code, such as ``act[kind](y)``, has none.
    """
    gone = set()
    for label, link in LINK.findall(FENCED.sub("", text)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        other = label.endswith(".md") and label != path
        if other or not target.exists() or (anchor and anchor not in anchors(target)):
            gone.add(link)
    return gone


@cache
def application():
    # Each adds its commands.
    from common.cli import bench, compare, draw, evaluate, features, page, scores, tables, train, weights, write  # noqa: F401
    from common.cli.app import app

    return typer.main.get_command(app)


def commands(text):
    """Commands, or options of commands, that are not there. Nothing is run."""
    gone = set()
    for line in COMMAND.findall(text):
        words = line.split()[1:]
        if not words or not words[0].isalpha():
            continue
        command = application().commands.get(words[0])
        known = {"--help"} | {name for each in command.params for name in each.opts} if command else set()
        if command is None or {word.strip("[],.") for word in words if re.match(r"\[?--\w", word)} - known:
            gone.add(line)
    return gone


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_mentions_only_what_is_there(page):
    text = page.read_text()
    assert not paths(text) | names(text) | links(text, page) | commands(text)


def test_code_mentions_only_what_is_there():
    """Docstrings, comments, messages and tests; names that a framework is needed for are asked of `common` alone."""
    for path in FILES:
        text = path.read_text()
        gone = paths(text) | {name for name in names(text) if name.startswith("common.")} | commands(text)
        assert not gone, path.relative_to(ROOT)


@pytest.mark.parametrize(
    "command",
    [
        "nets",
        "summary",
        "compare",
        "convert",
        "predict",
        "evaluate",
        "train",
        "fid",
        "features",
        "write",
        "draw",
        "bench",
        "page",
    ],
)
def test_every_command_is_in_the_readme_and_has_an_example_that_it_takes(command):
    """The arguments of an example are parsed, with their types and numbers."""
    examples = re.findall(rf"^googlenet ({command}\b[^#\n]*)", (ROOT / "README.md").read_text(), re.M)
    help_ = application().commands[command].help
    own = re.findall(rf"googlenet ({command}\b.*)", help_.split("Example:")[1])
    assert examples and own
    for example in (*examples, *own):
        name, *arguments = shlex.split(example)
        assert name == command
        application().commands[command].make_context(command, spread(arguments))


def spread(arguments):
    """``--images a b`` as ``--images a --images b``."""
    option, flat = None, []
    for argument in arguments:
        if argument.startswith("--"):
            option = argument if argument in ("--images", "--against") else None
            flat += [] if option else [argument]
        else:
            flat += [option, argument] if option else [argument]
    return flat


def test_the_tests_that_the_page_of_differences_names_are_there():
    text = (ROOT / "docs" / "differences.md").read_text()
    table = text[text.index("| topic | PyTorch | Keras | Gluon | test |") :].split("\n\n")[0]
    mentioned = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[-2])]
    source = (ROOT / "tests" / "packages" / "test_trainers.py").read_text()
    assert len(mentioned) >= 10
    assert [name for name in mentioned if f"def test_{name}(" not in source] == []


@pytest.mark.parametrize("page", [page for page in PAGES if "README" not in page.name], ids=lambda page: page.name)
def test_a_page_says_at_its_beginning_whom_it_is_for(page):
    heading, _, first, *_ = page.read_text().splitlines()
    assert heading.startswith("# ")
    assert first.startswith("For ")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (paths, "see common/reference.py"),
        (paths, "`tests/mutants_*.py`"),
        (paths, "in `run_mutants.py`"),
        (paths, "as in test_no_such_room.py."),
        (names, "`common.padding`"),
        (names, "`common.table.padding.no_such_function`"),
        (names, "`common.data.dataset.Dataset.no_such_field`"),
        (commands, "googlenet sumary d2l"),
        (commands, "`googlenet compare d2l --gradient`"),
        (commands, "    Example: googlenet train --recipes quick"),
        (commands, "\t$(BIN)/googlenet compare d2l --pictures digits"),
        (lambda text: links(text, ROOT / "README.md"), "[x](docs/no.md)"),
        (lambda text: links(text, ROOT / "README.md"), "[x](docs/training.md#no-such-heading)"),
        (lambda text: links(text, ROOT / "README.md"), "[docs/runs.md](docs/training.md)"),
    ],
)
def test_what_is_not_there_is_found(rule, text):
    assert rule(text)
