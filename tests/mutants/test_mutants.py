"""Every mutant can be run: its edit has one place in the code as it is, and what is to notice it exists.

Whether they do notice is what ``make mutants`` finds out.
"""

import pytest
from mutants.run import MUTANTS, ROOT, SUITES


@pytest.mark.parametrize("suite", SUITES)
def test_every_mutant_of_a_suite_has_its_place_and_its_killers(suite):
    for mutant in SUITES[suite]:
        assert (ROOT / mutant.file).read_text().count(mutant.old) == 1, f"{mutant.name}: {mutant.old!r}"
        assert mutant.new != mutant.old, mutant.name
        assert mutant.killers, mutant.name
        for killer in mutant.killers:
            file, _, name = killer.partition("::")
            assert f"\ndef {name.split('[')[0]}" in (ROOT / file).read_text(), f"{mutant.name}: {killer}"


def test_names_are_unique():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
