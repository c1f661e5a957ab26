"""Over random tables: the frameworks are one function in float64, and one that has another table is found, and where.

GOOGLENET_EXAMPLES=200 draws so many of each instead, other ones each time.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from support.backends import NAMES
from support.fake_backends import Fake
from support.random_tables import tables
from support.table_edits import distinct, edits, resolved

from common.base.errors import InputError
from common.compare import passes
from common.compare.mistaken import Mistaken
from common.compare.steps import batches, compare_steps
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.resolve import without_dropout

RECIPE = Recipe(lr=0.01, momentum=0.9, weight_decay=5e-4, label_smoothing=0.1)
SAYS_NOTHING = ("one value per channel", "every logit of the reference is 0", "one rounding alone moves")


def repeated(times):
    """The same examples each time, or more of them, drawn anew."""
    more = int(os.environ.get("GOOGLENET_EXAMPLES", 0))
    return settings(
        max_examples=more or times,
        deadline=None,
        derandomize=not more,
        database=None,
        phases=[Phase.generate, Phase.shrink] if more else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def asked(call, *args, **kwargs):
    """What a comparison says; an example of which nothing can be said is drawn again."""
    try:
        return call(*args, **kwargs)
    except InputError as error:
        if not any(words in str(error) for words in SAYS_NOTHING):
            raise
        reject()


def test_random_tables_are_one_function_and_one_training_in_every_framework():
    verdicts = Counter()

    @repeated(4)
    @given(tables(), st.integers(0, 99))
    def check(table, seed):
        given_batches = batches(None, 4, table.input, table.num_classes, seed)
        report = asked(compare_steps, table, given_batches, RECIPE, steps=3, backends=NAMES, gradients=True, seed=seed)
        assert report["divergences"] == []
        verdicts[report["verdict"]] += 1
        images = random_images(2, table.input, seed)
        report = asked(passes.compare, table, images, backends=NAMES, gradients=True, seed=seed)
        assert report["verdict"] == "agree"

    check()
    assert verdicts["agree"] > 4 * verdicts["not judged"]


def located(report):
    """Where the first divergence is: kind and place."""
    first = report["first_divergence"]
    return first and (first["what"], first["where"])


def is_at(what, name, table, place):
    """Whether the place is that of the edit: the node itself, its parameters, its statistics, or the head."""
    kind, where = place
    if kind == "parameters":
        return where == name.split(".")[0]
    if kind == "statistic":
        return where.rpartition(".norm.")[0] == name
    if what.startswith("after ") or what == "loss weight":
        has_weights = any(tensor.startswith(f"{name}.") for tensor in table.tensors)
        return where.split(".")[0] == name or not has_weights  # then it shows in front of the head only
    return where == name


def test_a_single_edit_of_one_frameworks_table_is_found_and_located(monkeypatch, backends_by_name):
    seen = Counter()

    @repeated(20)
    @given(tables(), st.sampled_from(NAMES), st.data())
    def check(table, backend, data):
        table = distinct(without_dropout(table))
        what, name, network = data.draw(st.sampled_from(list(edits(table))), label="edit")
        edited = resolved(network)
        if edited is None:
            reject()
        built = {"numpy": Mistaken(Fake("NumPy"), edited), backend: Mistaken(backends_by_name[backend], edited)}
        monkeypatch.setattr("common.contract.backend.load", built.__getitem__)
        images = random_images(4, table.input, 0)

        def first(training, backend):
            report = asked(passes.compare, table, images, backends=[backend], training=training, gradients=training)
            return located(report)

        for training in (False, True):
            # The NumPy reference of the edited table says where the edit can show first, and whether it can at all.
            expected = ("output", name) if (what, training) == ("dropout", True) else first(training, "numpy")
            assert first(training, backend) == expected, (what, name)
            if expected:
                assert is_at(what, name, table, expected), (what, name, expected)
        seen[what if expected else f"{what}, unseen"] += 1

    check()
    found = sum(times for what, times in seen.items() if not what.endswith("unseen"))
    assert found > 3 * (seen.total() - found), seen
