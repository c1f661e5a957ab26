"""How wide a text is. Which font will show it is not known, so the widths are those of a wide one, DejaVu Sans."""

from __future__ import annotations

from unicodedata import east_asian_width

from common.base.printable import printable, shortened

# Thousandths of the size of the font to the characters that are as wide.
_WIDTHS = {
    300: "'ijl",
    340: " ,.·/:;\\|IJ",
    415: "f-()[]tr!",
    535: '"*_`–sz?',
    600: "cLFkvx",
    640: "yPTYoaehnuEbdgpqS$0123456789{}",
    700: "KAVXZBRC",
    790: "UNHDG&OQ",
    865: "w#+<=>^~×→−≥M",
    1000: "%mW@…",
}
_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}
BOLD = 1.19  # times as wide at most


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in pixels, or a little more.

    Args:
        size: of the font, in pixels.

    >>> width("3×3 conv, 128", 12) > width("3×3 conv, 64", 12) > 12
    True
    """
    return sum(map(_em, text)) * size / 1000 * (BOLD if bold else 1)


def _em(character: str) -> int:
    """The width of a character at a size of 1000."""
    if character in _OF:
        return _OF[character]
    return 1200 if character.isascii() or east_asian_width(character) not in "WF" else 1050


def cut(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """As much of the beginning of a text as is at most so wide; printable.

    >>> cut("GoogLeNet of the book", 12, 60)
    'GoogLe…'
    """
    words = printable(shortened(text, 400))
    if width(words, size, bold=bold) <= most:
        return words
    while words and width(f"{words}…", size, bold=bold) > most:
        words = words[:-1]
    return f"{words.rstrip()}…"


def lines(text: str, size: float, most: float) -> list[str]:
    """A text in lines that are at most so wide, broken at spaces.

    >>> lines("Convolutions end with a ReLU.", 10, 90)
    ['Convolutions end', 'with a ReLU.']
    """
    broken: list[str] = []
    for word in text.split():
        longer = f"{broken[-1]} {word}" if broken else word
        if broken and width(longer, size) <= most:
            broken[-1] = longer
        else:
            broken.append(cut(word, size, most))
    return broken
