"""Mistakes in where ``googlenet bench --layers`` says that the time goes."""

from mutants.mutant import Mutant, tests

BENCH = "common/bench/"
WATCHED = tests("bench/layers", "every_layer_is_watched_and_the_net_is_as_before")
PADDED = tests("bench/layers", "padding_is_told_where_the_framework_cannot_pad_by_itself")
WAITS = tests("bench/layers", "what_was_asked_for_before_counts_for_who_asked_for_it")
INSIDE = tests("bench/layers", "what_is_inside_counts_once")
WORK = tests("bench/layers", "the_work_of_each_part_is_what_the_table_says")
COPIED = tests("bench/layers", "a_copy_moves_every_byte_twice")
REPORT = tests("bench/layers", "the_report_has_what_follows_from_the_seconds_of_layers")
BOUND = tests("bench/layers", "what_bounds_a_part_is_decided_by_both_rates")
FAILS = tests("bench/layers", "a_framework_that_fails_has_no_layers_and_the_others_stand")
TELLS = tests("bench/layers", "a_backend_that_tells_nothing_of_its_layers_is_refused")
ONE_LINE = tests("bench/layers", "what_cannot_be_measured_is_one_line")
TRAP = "5 a benchmark that misleads"

TRAPS = [
    ("inside-twice", "stopwatch.py", "+ took - inside", "+ took", INSIDE),
    ("inside-of-the-innermost", "stopwatch.py", "(outer, others + took)", "(outer, others + took - inside)", INSIDE),
    ("no-weights", "work.py", "+ layer.params * (kind", "+ 0 * (kind", WORK),
    ("one-image", "work.py", "return Work(name, kind, batch * layer.macs", "return Work(name, kind, layer.macs", WORK),
    ("sums-read-one", "work.py", "(3 if isinstance", "(2 if isinstance", WORK),
    ("padding-is-free", "work.py", "(h + top + bottom) * (w", "h * (w", WORK),
    ("read-only", "copies.py", "return 2 * threads * size", "return threads * size", COPIED),
    ("worst-copy", "layers.py", "max(copies, default=None)", "min(copies, default=None)", REPORT),
    ("first-counts", "turns.py", "        if not self.layers:\n", "        if False:\n", REPORT),
    ("memory-is-never-the-bound", "layers.py", "reckoned >= fetched", "reckoned > 0 or True", BOUND),
    ("least-is-arithmetic", "layers.py", "max(reckoned, fetched)", "reckoned", BOUND),
    ("macs-are-one-operation", "layers.py", '2 * macs / machine["rate"]', 'macs / machine["rate"]', BOUND),
    ("undeclared", "layers.py", " if backend.declared(name).bench]", "]", TELLS),
    ("no-estimate", "layers.py", "        require_possible(table, shape, batch, plan, entrants)\n", "", ONE_LINE),
    ("not-compared", "equality.py", '"layers", "export"', '"export"', FAILS),
]

MUTANTS = [
    *(Mutant(f"layers-{name}", TRAP, BENCH + file, *rest) for name, file, *rest in TRAPS),
    Mutant(
        "layers-does-not-wait-first",
        TRAP,
        "common/contract/watching.py",
        "            wait()  # what was asked for before belongs to who asked for it\n",
        "",
        WAITS,
    ),
    Mutant(
        "layers-somebody-still-watches",
        TRAP,
        "common/contract/watching.py",
        "            delattr(owner, name)\n",
        "            pass\n",
        WATCHED,
    ),
    *(
        Mutant(
            f"layers-padding-unwatched-{backend}",
            TRAP,
            f"googlenet_{backend}/bench.py",
            "by_itself=is_same" if backend == "tf" else "by_itself=symmetric",
            "by_itself=lambda *_: True",
            PADDED,
            backend=backend,
            compare="it does not measure how long a layer takes",
        )
        for backend in ("torch", "tf", "mxnet")
    ),
]
