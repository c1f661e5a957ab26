"""Text of others, such as file names, labels and what servers say, made fit for a line."""

import re
from unicodedata import category

SEPARATORS = {"Zl", "Zp"}  # of lines and paragraphs
MOST = 120  # characters of one quoted text or one word
MOST_OF_A_LINE = 900  # characters; the longest of our own lists every table
ROUGH = 4000  # characters that are looked at at all, so that a line of gigabytes costs no time
# What stands between quotes, in which a backslash hides one, or has no space in it. A quote within a word, as in
# "doesn't", begins and ends nothing.
QUOTED = re.compile(r"(?<!\w)(['\"])((?:\\.|(?!\1).)*)\1(?!\w)")
WORD = re.compile(rf"\S{{{MOST + 1},}}")


def printable(text: str) -> str:
    r"""The text with everything that is no letter, sign or space written out.

    Such characters break a line in two, colour a terminal or change its title, and are refused by encodings and by XML.

    >>> printable("a\nb\x1b[31m")
    'a\\nb\\x1b[31m'
    """
    return "".join(
        c.encode("unicode_escape").decode() if category(c)[0] == "C" or category(c) in SEPARATORS else c
        for c in text.replace("\t", " ")
    )


def shortened(text: str, most: int = MOST) -> str:
    """At most so many characters: the first and the last, for that is where file names differ.

    >>> shortened("abcdefghij", most=5)
    'ab…ij'
    """
    if len(text) <= most:
        return text
    last = (most - 1) // 2
    return f"{text[: most - 1 - last]}…{text[len(text) - last :]}"


def as_line(text: str) -> str:
    r"""The text as one printable line, in which what is quoted from outside is cut to `MOST` characters.

    >>> as_line("no such file:\n 'a\x07b'")
    "no such file: 'a\\x07b'"
    >>> len(as_line(f"unknown table {'x' * 10_000!r}: the choices are d2l, paper"))
    164
    """
    line = printable(" ".join(shortened(text, ROUGH).split()))
    line = QUOTED.sub(lambda match: f"{match[1]}{shortened(match[2])}{match[1]}", line)
    line = WORD.sub(lambda match: _word(match[0]), line)
    return shortened(line, MOST_OF_A_LINE)


def _word(word: str) -> str:
    """A word cut short; the quotes and the punctuation around it stay, and so does text that was cut already."""
    inner = word.strip("'\"():,;.")
    start = word.index(inner)
    return f"{word[:start]}{shortened(inner)}{word[start + len(inner) :]}" if len(inner) > MOST else word
