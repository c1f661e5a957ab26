"""Pages of Markdown whose blocks are run, and whose printed results are held to what comes out.

What stands behind the fence says what a block is:

- ``python``: code for every framework; ``python pytorch``, ``keras``, ``gluon``: code for one; ``python file=NAME``: a
  file that lies there from the beginning.
- ``output``, ``output pytorch gluon``: what the blocks before it print, for all frameworks or for these.
- ``console``: commands behind ``$``, with what they print below them.

In what is printed ``...`` stands for any text, and a rounding error such as 1.4e-15 for any other.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)
FRAMEWORKS = {"torch": "pytorch", "tf": "keras", "mxnet": "gluon"}
ERROR = re.compile(r"\d\.\d+e[-+]\d\d")
ANY = "..."


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words behind it, the line it begins on, and its text."""

    language: str
    words: tuple[str, ...]
    line: int
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is."""
        return self.words[0].removeprefix("file=") if self.words[:1] and self.words[0].startswith("file=") else None

    def is_for(self, framework: str) -> bool:
        """Whether it belongs to the program of a framework, or to that of all."""
        return not self.file and (not self.words or framework in self.words)


def blocks(page: str) -> list[Block]:
    """Every fenced block of a page, which is named from the root of the project."""
    text = (ROOT / page).read_text()
    found = []
    for match in FENCE.finditer(text):
        language, *words = match[1].split() or [""]
        found.append(Block(language, tuple(words), text.count("\n", 0, match.start(2)), match[2]))
    return found


def write_files(page: str, folder: Path) -> None:
    """Lay the files that a page shows into a folder."""
    for block in blocks(page):
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text)


def execute(page: str, block: Block, program: dict) -> None:
    """Run a block of Python as a part of a program; errors have the lines of the page."""
    exec(compile("\n" * block.line + block.text, str(ROOT / page), "exec"), program)


def shown(text: str) -> str:
    """A text with the ends of its lines and its rounding errors made equal."""
    return "\n".join(ERROR.sub("0.0e-00", line).rstrip() for line in text.strip("\n").splitlines())


def prints(expected: str, printed: str) -> bool:
    """Whether what was printed is what a page shows."""
    pattern = re.escape(shown(expected)).replace(re.escape(ANY), "(?s:.*?)")
    return re.fullmatch(pattern, shown(printed)) is not None


def commands(block: Block) -> list[tuple[str, str]]:
    """(Command, what it prints by the page) of each ``$`` of a console."""
    parts = re.split(r"^\$ ", block.text, flags=re.M)
    assert not parts[0], "a console begins with $"
    return [tuple(part.split("\n", 1)) for part in parts[1:]]
