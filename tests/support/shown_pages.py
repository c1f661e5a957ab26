"""Pages that tests look at, and their parts."""

import html5lib
from support.tables import small

from common.site import asked

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }} \x1b[31m"


def hostile():
    """A table whose words would be markup."""
    table = small()
    words = {"title": HOSTILE, "source": HOSTILE, "departures": (HOSTILE,)}
    return type(table)(**{**vars(table), **words})


def html(folder, *networks):
    """The text of a page that is made there."""
    return open(asked.page(networks, folder)["file"], encoding="utf-8").read()


def tree(text):
    """The elements of a page; a page that is no valid HTML raises."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words_of(element):
    """All text below an element."""
    return "".join(element.itertext())
