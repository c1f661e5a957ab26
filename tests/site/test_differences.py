"""The cards of differences: as docs/differences.md has them, and none without a test that notices its mistake."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from mutants.run import MUTANTS, ROOT
from support.shown_pages import html, tree, words_of

from common.compare.mistakes import MISTAKES
from common.site.broken import effect
from common.site.differences import GROUPS, cards, command
from common.site.words import LANGUAGES
from common.written.style import STYLES

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
DOC = (ROOT / "docs" / "differences.md").read_text().splitlines()
# Every difference there: rows of tables without their headings, and items of lists.
LINES = [
    line
    for line, after in zip(DOC, [*DOC[1:], ""], strict=True)
    if line.startswith(("- ", "| ")) and not after.startswith("|--")
]


def test_every_card_is_held_by_tests_that_notice_its_mistake():
    """Each of its mutants is killed by one of its tests, and each of its tests kills one."""
    for card in cards():
        killers = {name: {each.split("[")[0] for each in BY_NAME[name].killers} for name in card["mutants"]}
        assert killers and all(own & set(card["tests"]) for own in killers.values()), card["id"]
        assert set(card["tests"]) <= set().union(*killers.values()), card["id"]
        for test in card["tests"]:
            file, _, name = test.partition("::")
            assert f"\ndef {name}(" in (ROOT / file).read_text(), test


@pytest.mark.long
def test_pytest_collects_the_tests_of_every_card():
    tests = sorted({test for card in cards() for test in card["tests"]})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *tests], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and all(f"{test}" in done.stdout for test in tests)


def test_the_cards_and_the_page_of_differences_tell_of_the_same():
    assert len(LINES) > 45
    told = {line: [card["id"] for card in cards() if any(words in line for words in card["doc"])] for line in LINES}
    assert not [line for line, own in told.items() if len(own) != 1]
    for card in cards():
        assert all(sum(words in line for line in LINES) == 1 for words in card["doc"]), card["id"]


def test_a_card_is_whole_in_both_languages():
    assert all(times == 1 for times in Counter(card["id"] for card in cards()).values())
    for card in cards():
        texts = [card[name] for name in ("title", "differs", "published", "effect") if card[name]]
        assert all(set(own) == set(LANGUAGES) and all(own.values()) for own in texts), card["id"]
        assert card["group"] in GROUPS and card["frameworks"] and set(card["frameworks"]) <= set(STYLES), card["id"]
        assert card["mistake"] is None or card["mistake"] in {mistake.key for mistake in MISTAKES}
    unique = Counter(card["mistake"] for card in cards() if card["mistake"])
    assert set(unique.values()) == {1}


def test_the_page_shows_every_card_with_its_effect_and_the_command_of_its_tests(tmp_path):
    page = tree(html(tmp_path, "vgg11"))
    shown = {each.attrib["id"]: each for each in page.iter("li") if each.attrib.get("class") == "card"}
    assert list(shown) == [f"card-{card['id']}" for group in GROUPS for card in cards() if card["group"] == group]
    for card in cards():
        own = shown[f"card-{card['id']}"]
        assert own.attrib["data-frameworks"].split() == card["frameworks"]
        assert words_of(next(own.iter("code"))) == command(card)
        texts = [json.loads(each.attrib["data-both"]) for each in own.iter("span") if "data-both" in each.attrib]
        assert texts == [card[name] for name in ("title", "differs", "published", "effect") if card[name]]
        if card["mistake"]:
            assert f"{100 * effect(card['mistake'])['error']:.2g}% of the largest" in words_of(own)
