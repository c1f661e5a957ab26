"""Mistakes of several workers in Keras and Gluon, of their meeting, and of the model of cost."""

from mutants.mutant import MXNET, OF_USE, TF, Mutant, tests

COST, MEETING = "common/workers/cost.py", "common/workers/meeting.py"
MESSAGES = tests("workers/cost", "a_formula_takes_as_long_as_its_messages")
INSIDE = tests("workers/cost", "a_machine_sums_inside_before_it_asks_the_others")
SIZES = tests("workers/cost", "few_bytes_go_by_the_tree_and_many_by_the_ring")
ARRAYS = tests("workers/cost", "gradients_and_statistics_are_as_many_bytes_as_the_arrays_have")
PARTS = tests("workers/cost", "what_is_exposed_is_what_sending_part_by_part_leaves")
STRANGER = tests("workers/meeting", "a_stranger_neither_joins_nor_harms")
TOKEN = tests("workers/meeting", "another_token_does_not_join")
ONCE = tests("workers/meeting", "a_rank_comes_once_and_of_this_group_only")
INTERFACE = tests("workers/meeting", "rank_0_listens_at_the_given_interface_only")
LATE = tests("workers/meeting", "who_does_not_come_is_named_in_time")
WAITED = tests("workers/engines", "what_is_waited_for_within_a_step_counts_as_exchange")
EXAMPLES = ("tests/packages/test_examples.py::test_examples_are_true[googlenet_tf.group]",)
STEPS = tests("workers/engines", "two_workers_make_the_steps_of_one")

OF_COMMON = [
    ("ring-once-round", COST, "return 2 * (workers - 1) *", "return (workers - 1) *", MESSAGES),
    ("ring-in-one-piece", COST, "link.seconds(size / workers)", "link.seconds(size)", MESSAGES),
    ("tree-one-way", COST, "return 2 * ceil(log2(workers))", "return ceil(log2(workers))", MESSAGES),
    ("whole-sum-between-machines", COST, "ring(machines, size / here,", "ring(machines, size,", INSIDE),
    ("rings-only", COST, "tree(machines, size / here, self.between))", "1e99)", SIZES),
    ("statistics-once", COST, "for _ in range(2)", "for _ in range(1)", ARRAYS),
    ("loss-not-sent", COST, "params + 1)", "params)", ARRAYS),
    ("last-part-hidden", COST, "max(exchange / buckets,", "max(0,", PARTS),
    ("anybody-joins", MEETING, "                deliver_challenge(connection, self.token)\n", "", STRANGER),
    (
        "one-token-for-all",
        MEETING,
        "        self.here: set",
        "        self.token = b'other'\n        self.here: set",
        TOKEN,
    ),
    ("a-rank-comes-twice", MEETING, "if rank in self.here:", "if False:", ONCE),
    ("of-another-group", MEETING, "if size != self.size or not", "if not", ONCE),
    ("listens-everywhere", MEETING, "create_server(self.at,", 'create_server(("", self.at[1]),', INTERFACE),
    (
        "waits-on",
        MEETING,
        "self.size - 1, coming)",
        "self.size - 1, 99)",
        LATE,
    ),
]

OF_NETS = [
    ("not-by-share-tf", TF + "train.py", "else share * loss", "else loss", "tf"),
    (
        "own-gradients-tf",
        TF + "train.py",
        "self.descend(self.summed(gradients), lr)",
        "self.descend(gradients, lr)",
        "tf",
    ),
    ("own-mean-tf", TF + "group.py", "mean = total[:-1] / n", "mean = tf.reduce_mean(wide, (0, 1, 2))", "tf"),
    ("own-slopes-tf", TF + "group.py", "(slope - means - ideal * along)", "slope", "tf"),
    ("not-by-share-mxnet", MXNET + "train.py", "else share * loss", "else loss", "mxnet"),
    (
        "own-gradients-mxnet",
        MXNET + "train.py",
        "self.descend(self.summed(gradients), lr)",
        "self.descend(gradients, lr)",
        "mxnet",
    ),
    ("own-slopes-mxnet", MXNET + "group.py", "(wide - means - self.ideal * along)", "wide", "mxnet"),
    ("moved-by-another-momentum-mxnet", MXNET + "group.py", "(1 - keep) * batch", "keep * batch", "mxnet"),
]

MUTANTS = [
    *(Mutant(name, "workers", file, old, new, killers) for name, file, old, new, killers in OF_COMMON),
    *(Mutant(name, "workers", file, old, new, STEPS, backend, OF_USE) for name, file, old, new, backend in OF_NETS),
    Mutant(
        "sums-of-a-step-uncounted",
        "workers",
        TF + "group.py",
        " + _covered(self.spans.numpy())",
        "",
        WAITED,
        "tf",
        "it compares numbers, and times nothing",
    ),
    Mutant(
        "sums-counted-twice",
        "workers",
        TF + "group.py",
        "max(begin, until)",
        "begin",
        EXAMPLES,
        "tf",
        "it compares numbers, and times nothing",
    ),
]
