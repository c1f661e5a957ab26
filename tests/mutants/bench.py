"""Mistakes in what ``googlenet bench`` measures, and in what it concludes."""

from mutants.mutant import Mutant, tests

BENCH = "common/bench/"
TRAINS = tests("bench/bench", "the_command_and_the_function_measure_steps_of_training_where_they_are_asked_for")
TOLD = tests("bench/measures", "a_difference_is_told_only_where_it_is_larger_than_the_spread")
DRIFT = tests("bench/measures", "a_machine_that_drifts_does_not_decide")
FEW = tests("bench/measures", "of_few_rounds_nothing_is_told")
JUDGED = tests("bench/measures", "each_provider_is_judged_by_its_fastest_way_and_other_networks_are_not")
SWAPPED = tests("bench/measures", "who_is_called_the_fastest_is_so_round_by_round")
WARM = tests("bench/measures", "warm_is_who_no_longer_changes")
ORDER = tests("bench/bench", "each_process_has_its_turn_in_every_round")
REPORT = tests("bench/bench", "the_report_has_what_follows_from_the_seconds")
TRAINING = tests("bench/bench", "a_step_of_training_counts_three_passes")
FAILS = tests("bench/bench", "who_fails_has_a_row_that_says_so_and_the_others_stand")
MISSING = tests("bench/bench", "what_nobody_asked_for_by_name_may_be_missing")
EQUAL = tests("bench/bench", "logits_are_compared_with_the_truth_by_the_limit_of_round_off")
FIRST = tests("bench/bench", "who_is_first_is_not_the_truth")
TRUTH = tests("bench/bench", "the_truth_is_the_references")
OVERHEADS = tests("bench/bench", "what_a_run_costs_beside_its_steps_is_told")
LEFT_OUT = tests("bench/worker", "a_step_without_the_learning_changes_no_weight")
RECORDED = tests("bench/worker", "a_step_of_a_run_is_recorded")
DECLARED = tests("bench/bench", "a_backend_is_measured_by_the_ways_that_it_declares")
REFUSED = tests("bench/bench", "what_cannot_be_is_refused_before_any_process_starts")
HANGS = tests("bench/process", "what_hangs_is_waited_for_until_the_limit_and_no_longer")
CHILDREN = tests("bench/process", "a_process_ends_with_all_that_it_has_started")
FOLDER = tests("bench/process", "it_works_in_its_own_folder_and_sees_the_settings")
ERRORS = tests("bench/process", "errors_without_end_are_read_and_only_the_last_are_kept")
PLUGIN = tests("bench/worker", "a_plug_in_is_measured_in_a_fresh_process")
LEARNS = tests("bench/worker", "the_loop_of_a_user_learns_as_the_trainer_does")
WAITS = tests("bench/worker", "a_call_ends_when_all_is_computed")
SAME = tests("bench/worker", "all_ways_compute_one_function")

TRAPS = [
    ("told-by-any-difference", "verdict.py", 'abs(middle["median"] - 1) > wide', 'middle["median"] != 1', TOLD),
    (
        "ratio-of-any-two",
        "verdict.py",
        "for a, b in zip(first, second, strict=True)]",
        "for a in first for b in second]",
        DRIFT,
    ),
    ("told-of-one-round", "verdict.py", "LEAST = 5", "LEAST = 1", FEW),
    ("others-win", "verdict.py", ' and row["same_network"] and', " and", JUDGED),
    ("failed-wins", "verdict.py", 'return row["failure"] is None and row', "return row", JUDGED),
    ("fastest-by-median-alone", "verdict.py", 'if told["ratio"] < 1:', "if False:", SWAPPED),
    ("warm-at-once", "measures.py", "if len(turns) < 2 * WINDOW:", "if len(turns) < 2 * WINDOW and not turns:", WARM),
    ("warm-by-the-last-turn", "measures.py", "median(turns[-WINDOW:])", "turns[-1]", WARM),
    (
        "one-after-the-other",
        "turns.py",
        "            runner.warm_up()\n",
        "            runner.warm_up() or runner.warm_up()\n",
        ORDER,
    ),
    ("every-process-multiplies", "turns.py", 'libraries.add(runner.ready["library"])\n', "", ORDER),
    ("images-forgotten", "rows.py", "batch * len(turn) / sum(turn)", "len(turn) / sum(turn)", REPORT),
    ("macs-counted-once", "rows.py", "2 * macs * middle", "macs * middle", REPORT),
    ("training-is-one-pass", "rows.py", "True: 3}", "True: 1}", TRAINING),
    ("one-who-fails-ends-all", "turns.py", "except Failed as failure:", "except TimeoutError as failure:", FAILS),
    ("a-failure-is-well", "asked.py", '"ok": not any(is_failure(plan, each) for each in rows)', '"ok": True', FAILS),
    (
        "missing-though-named",
        "asked.py",
        'plan.named or one["failure"]["kind"] != "missing"',
        'one["failure"]["kind"] != "missing"',
        MISSING,
    ),
    ("anything-is-equal", "equality.py", "runner.rel_err <= limit", "runner.rel_err <= 1", EQUAL),
    ("no-number-is-equal", "equality.py", "or any(x != x for x in (*a, *r))", "", EQUAL),
    ("first-is-the-truth", "groups.py", "truth(first)", "truth and alike[0].ready['logits']", FIRST),
    ("differs-and-is-measured", "equality.py", "            runner.fail(", "            (", FAILS),
    ("another-image", "equality.py", "job.images()[:1]", "job.images()[1:2]", TRUTH),
    ("fast-undeclared", "entrants.py", '["fast"] * declared.fast', '["fast"]', DECLARED),
    ("loop-undeclared", "entrants.py", '["loop"] * declared.bench', '["loop"]', DECLARED),
    ("no-run", "entrants.py", '*["run"] * (shape[0] in ORDERS.values())', "", OVERHEADS),
    ("overheads-of-a-call", "rows.py", 'own["median"] / whole', 'own["q25"] / whole', OVERHEADS),
    ("overheads-with-batches-ready", "turns.py", '"untimed": AHEAD}', '"untimed": 0}', OVERHEADS),
    ("overheads-with-learning", "worker.py", "turn(prepared.without, ", "turn(prepared.call, ", LEFT_OUT),
    (
        "overheads-once-without-always",
        "running.py",
        "            training.trainer = trainer\n",
        "            pass\n",
        LEFT_OUT,
    ),
    ("another-rate", "calls.py", "stepping(job, PLAN)", "stepping(job, Recipe(lr=1e-4))", RECORDED),
    ("does-not-wait", "calls.py", "        wait()\n", "", WAITS),
    ("no-arithmetic-of-memory", "asked.py", "sum(LIBRARIES + needed", "sum(0 * LIBRARIES + 0 * needed", REFUSED),
    ("waits-without-end", "process.py", "if left <= 0:", "if left <= -30:", HANGS),
    ("leaves-children", "process.py", "os.killpg(self.child.pid, signal.SIGKILL)", "self.child.kill()", CHILDREN),
    ("works-where-the-user-is", "process.py", "cwd=folder,", "cwd=None,", FOLDER),
    (
        "errors-unread",
        "process.py",
        "for stream in (self.child.stdout, self.child.stderr):",
        "for stream in (self.child.stdout,):",
        ERRORS,
    ),
    ("prints-are-answers", "worker.py", "os.dup2(2, 1)", "os.dup2(1, 1)", PLUGIN),
]

MUTANTS = [
    Mutant(
        "bench-trains-not",
        "5 a benchmark that misleads",
        "common/cli/measured.py",
        "partial(_speeds, train=True)",
        "_speeds",
        TRAINS,
    ),
    Mutant(
        "bench-growth-shown-as-speeds",
        "5 a benchmark that misleads",
        "googlenet/benching.py",
        'TASK = "scale"',
        'TASK = "speeds"',
        tests("bench/scale", "the_command_draws_and_tells"),
    ),
    Mutant(
        "bench-layers-shown-as-speeds",
        "5 a benchmark that misleads",
        "googlenet/benching.py",
        'TASK = "layers"',
        'TASK = "speeds"',
        tests("bench/layers", "the_command_draws_and_tells"),
    ),
    *(Mutant(f"bench-{name}", "5 a benchmark that misleads", BENCH + file, *rest) for name, file, *rest in TRAPS),
    Mutant(
        "bench-loop-without-momentum",
        "5 a benchmark that misleads",
        "googlenet_torch/bench.py",
        "lr=recipe.lr, momentum=recipe.momentum",
        "lr=recipe.lr",
        LEARNS,
        compare="it takes no loop of a user's",
    ),
    Mutant(
        "bench-another-seed-in-onnx",
        "5 a benchmark that misleads",
        BENCH + "exported.py",
        "probing(job.table, job.seed",
        "probing(job.table, job.seed + 1",
        SAME,
    ),
]
