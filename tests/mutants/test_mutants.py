"""Every mutant can be run: its edit has one place in the code as it is, and what is to notice it exists.

Whether they do notice is what ``make mutants`` finds out.
"""

import ast
from dataclasses import replace

import pytest
from mutants.mutant import Mutant, judged, sees
from mutants.run import MUTANTS, ROOT, SUITES


@pytest.mark.parametrize("suite", SUITES)
def test_every_mutant_of_a_suite_has_its_place_and_its_killers(suite):
    for mutant in SUITES[suite]:
        text = (ROOT / mutant.file).read_text()
        assert text.count(mutant.old) == 1, f"{mutant.name}: {mutant.old!r}"
        if mutant.file.endswith(".py"):
            ast.parse(text.replace(mutant.old, mutant.new), mutant.name)  # what cannot be imported proves nothing
        assert mutant.new != mutant.old, mutant.name
        assert mutant.killers, mutant.name
        for killer in mutant.killers:
            file, _, name = killer.partition("::")
            assert f"\ndef {name.split('[')[0]}" in (ROOT / file).read_text(), f"{mutant.name}: {killer}"


@pytest.mark.parametrize("suite", SUITES)
def test_every_mutant_of_a_package_or_a_table_says_whether_compare_sees_it(suite):
    for mutant in SUITES[suite]:
        assert not mutant.of_a_net or mutant.seen_with or len(mutant.compare.split()) > 4, mutant.name


def test_a_mutant_without_a_verdict_and_a_verdict_without_a_mutant_are_errors():
    mutant, other = (Mutant(name, "", "googlenet_torch/run.py", "", "", ()) for name in ("wrong-torch", "other"))
    verdicts = judged([mutant, other], {"": "it is not asked for it", "wrong": sees("d2l --gradients")})
    assert [found.seen_with for found in verdicts] == [["d2l", "--gradients"], None]
    assert judged([replace(other, file="common/runs/run.py"), mutant], {"wrong": "no"})[0].compare == ""
    with pytest.raises(ValueError, match="does compare see it"):
        judged([mutant], {"another": "no"})
    with pytest.raises(ValueError, match="another"):
        judged([mutant], {"": "no", "another": "no"})


def test_names_are_unique():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
