"""Traps that docs/differences.md and the page tell of, and no other suite sets again; and how a card would lie."""

from mutants.mutant import OF_FILES, OF_USE, Mutant, judged, tests

CARDS = tests("site/differences", "every_card_is_held_by_tests_that_notice_its_mistake")
SHOWN = tests("site/differences", "the_page_shows_every_card_with_its_effect_and_the_command_of_its_tests")
FILTER = tests("site/browser", "differences_are_those_of_a_framework")

MUTANTS = judged(
    [
        Mutant(
            "code-in-a-file",
            "2 whole modules pickled",
            "googlenet_torch/files.py",
            "weights_only=True, mmap",
            "weights_only=False, mmap",
            tests("weights/formats_torch", "code_in_a_state_dict_is_refused_and_not_run"),
        ),
        Mutant(
            "weights-that-hide",
            "3 weights behind which differences hide",
            "common/table/drawing.py",
            "        return rng.normal(0, 0.2, shape)\n",
            "        return np.zeros(shape)\n",
            tests("table/tensors", "probing_leaves_nothing_at_its_default"),
        ),
        Mutant(
            "weights-of-another-stream",
            "3 a seed that draws other numbers than it did",
            "common/table/rules.py",
            "    numbers = rng.standard_normal(shape)",
            "    rng.random()\n    numbers = rng.standard_normal(shape)",
            tests("table/tensors", "a_seed_draws_what_it_drew_in_every_version"),
        ),
        Mutant(
            "card-without-effect",
            "the measured effect is on the card",
            "common/site/differences.py",
            'effect(each["mistake"]) if each["mistake"]',
            'None if each["mistake"]',
            SHOWN,
        ),
        Mutant(
            "card-outlives-its-test",
            "a card names tests that are there",
            "common/site/differences.json",
            "test_vocabulary.py::test_pools_that_round_up",
            "test_vocabulary.py::test_pools_that_round_down",
            CARDS,
        ),
        Mutant(
            "cards-of-all",
            "the filter leaves out what is not about the framework",
            "common/site/templates/page.js",
            '!card.dataset.frameworks.split(" ").includes(which)',
            "false",
            FILTER,
        ),
    ],
    {"code-in-a-file": OF_FILES, "weights-that-hide": OF_USE, "weights-of-another-stream": OF_USE},
)
