"""Every mutant can be run: its edit has one place in the code as it is, and what is to notice it exists.

Whether they do notice is what ``make mutants`` finds out.
"""

import pytest
from mutants.run import MUTANTS, ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_has_its_place_and_its_killers(mutant):
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    assert mutant.new != mutant.old
    assert mutant.killers
    for killer in mutant.killers:
        file, _, name = killer.partition("::")
        assert f"\ndef {name.split('[')[0]}" in (ROOT / file).read_text(), killer


def test_names_are_unique():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
