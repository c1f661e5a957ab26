"""Words of others, such as file names, labels and what servers say, made fit for a line of text."""

from unicodedata import category

SEPARATORS = {"Zl", "Zp"}  # of lines and paragraphs


def printable(words: str) -> str:
    """The words with everything that is no letter, sign or space written out, as ``\\x1b`` or ``\\udcff``.

    Such characters break a line in two, colour a terminal or change its title, and are refused by encodings and by XML.
    """
    return "".join(
        c.encode("unicode_escape").decode() if category(c)[0] == "C" or category(c) in SEPARATORS else c
        for c in words.replace("\t", " ")
    )
