"""README.md is short, and README.zh.md is the same page in Chinese: neither outlives a change of the other."""

import re

import pytest
from support.syntax import ROOT

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


def code(page):
    """The blocks of code without their comments, which are words."""
    return [[line.split(" #")[0].rstrip() for line in block.splitlines()] for block in FENCED.findall(page)]


def prose(page):
    return FENCED.sub("", page)


def headings(page):
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.M)]


def links(page):
    """Where links and pictures lead, but for the link to the other language."""
    found = re.findall(r'\]\(([^)]+)\)|(?:href|src|srcset)="([^"]+)"', prose(page))
    return [one or other for one, other in found if (one or other) not in ("README.md", "README.zh.md")]


def names(page):
    """What stands in code within a line, in any order: sentences of the two languages have different ones."""
    return sorted(re.findall(r"`([^`\n]+)`", prose(page)))


def rows(page):
    """Lines of tables, by the number of their cells."""
    return [line.count("|") for line in prose(page).splitlines() if line.startswith("|")]


def numbers(page):
    """Years, versions and times; numbers of ten and above, for smaller ones may be words."""
    return sorted(re.findall(r"(?<![\w.])\d[\d.]*\d(?!\w)", prose(page)))


@pytest.mark.parametrize("part", [code, headings, links, names, rows, numbers])
def test_the_chinese_page_has_what_the_english_one_has(part):
    assert part(ENGLISH) and part(CHINESE) == part(ENGLISH)


def test_each_leads_to_the_other():
    assert "(README.zh.md)" in ENGLISH and "(README.md)" in CHINESE


def test_the_chinese_page_is_in_chinese():
    """Every paragraph and row but those of sources, which are names."""
    words = [part for part in re.split(r"\n\n|\n(?=\|)", prose(CHINESE)) if not re.fullmatch(r"[|\-\s]*", part)]
    plain = [part for part in words if not re.search(r"[\u4e00-\u9fff]", part)]
    assert [part for part in plain if "README.md" not in part] == []


def test_it_is_short():
    assert len(ENGLISH.splitlines()) <= 125
