"""Mistakes in how ``googlenet bench --scale`` says that the cost grows."""

from mutants.mutant import Mutant, tests

BENCH = "common/bench/"
POINTS = tests("bench/scale", "every_point_is_measured_with_its_own_batch_size_and_threads")
TIME = tests("bench/scale", "no_point_is_begun_after_the_time_and_each_curve_has_its_turn")
HANGS = tests("bench/scale", "who_hangs_is_waited_for_once_and_the_others_stand")
CRASHES = tests("bench/scale", "who_crashes_has_no_point_and_is_tried_again")
LIMIT = tests("bench/scale", "a_process_is_not_waited_for_longer_than_there_is_time")
MEMORY = tests("bench/scale", "what_needs_more_memory_than_there_is_is_left_out_with_the_reason")
SIZES = tests("bench/scale", "sizes_are_those_that_the_network_takes")
ENDS = tests("bench/scale", "the_ends_come_first_and_no_point_twice")
POWER = tests("bench/scale", "an_exponent_is_that_of_a_power_whatever_the_factor")
LINEAR = tests("bench/scale", "linear_is_the_longest_part_near_the_expected_exponent")
ONE_LINE = tests("bench/scale", "what_cannot_be_measured_is_one_line")

TRAPS = [
    ("same-threads", "scale.py", "plan, threads=point.threads,", "plan, threads=plan.threads,", POINTS),
    ("memory-of-passes", "scale.py", 'training = point.axis == "training_memory"', "training = False", POINTS),
    ("without-end", "scale.py", "        if left <= 0:\n", "        if left <= -1e9:\n", TIME),
    ("one-curve-first", "scale.py", "for point in spread_out(points(", "for point in list(points(", TIME),
    ("hangs-again", "scale.py", 'GONE = ("missing", "hung")', 'GONE = ("missing",)', HANGS),
    ("failed-counts", "scale.py", 'if row["failure"] or row["latency_s"] is None', "if False", CRASHES),
    ("waits-without-time", "scale.py", "min(plan.limit, max(left, LEAST))", "plan.limit", LIMIT),
    (
        "too-much-ends-all",
        "scale.py",
        "        except InputError as error:\n",
        "        except KeyError as error:\n",
        MEMORY,
    ),
    ("sizes-unasked", "scale.py", " if _takes(table, (shape[0], side, side))]", "]", SIZES),
    ("begins-only", "scale.py", "places = sorted({0, len(values) - 1})", "places = sorted({0, 1})", ENDS),
    ("power-of-the-cost", "exponent.py", "(log(x), log(y))", "(log(y), log(x))", POWER),
    ("line-through-the-logarithms", "exponent.py", "(log(x), log(y))", "(x, log(y))", POWER),
    ("last-part", "exponent.py", "elif best is None or at - begin > best[1] - best[0]:", "else:", LINEAR),
    ("any-is-linear", "exponent.py", "NEAR = 0.15", "NEAR = 3.0", LINEAR),
    ("many-networks", "scale.py", "    if len(nets) != 1:\n", "    if not nets:\n", ONE_LINE),
]

MUTANTS = [Mutant(f"scale-{name}", "5 a benchmark that misleads", BENCH + file, *rest) for name, file, *rest in TRAPS]
