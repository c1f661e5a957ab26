"""How steps of training are judged, and that what is asked for arrives there."""

from mutants.mutant import Mutant, tests

PARITY = tests("compare/steps", "settings_of_its_own_are_one_training_too")
CAUGHT = tests("compare/steps", "a_single_wrong_number_is_found_at_its_step", "what_is_no_number_or_not_there_is_named")
LIMIT = tests(
    "compare/steps_limits", "the_limit_is_32_times_the_twins_way_but_no_less_than_a_pass_and_no_more_than_the_bound"
)
SPREAD = tests("compare/steps_limits", "a_schedule_is_seen_to_its_end_where_the_steps_make_no_whole_epochs")
START = tests("compare/steps_limits", "weights_and_seed_are_those_asked_for")
ARRIVE = tests("compare/steps_limits", "seed_pictures_and_weights_of_the_command_line_arrive")
BLAMED = tests("compare/steps_limits", "the_one_that_is_far_from_the_others_is_blamed")
TABLE = tests("compare/steps_limits", "the_table_shows_what_is_no_number_and_how_far_two_are_apart")
STEPS, JUDGE = "common/compare/steps.py", "common/compare/side_by_side.py"
VERDICT, SHOWN = "common/compare/verdict.py", "common/cli/show/verdict.py"
COMMAND = "common/compare/asked.py"

MUTANTS = [
    Mutant(
        "steps-scales",
        "3 round-off measured against itself",
        JUDGE,
        "expected[kind], scales.get(kind))",
        "expected[kind], None)",
        PARITY,
    ),
    Mutant(
        "steps-largest",
        "3 the smallest error for the largest",
        JUDGE,
        "kind: max((error, name)",
        "kind: min((error, name)",
        CAUGHT,
    ),
    Mutant(
        "steps-pairs",
        "3 backends that are not compared with each other",
        JUDGE,
        "in combinations(reached, 2)",
        "in ()",
        tests("compare/steps", "two_that_are_each_near_enough_to_numpy_must_be_near_each_other"),
    ),
    Mutant(
        "steps-first",
        "3 the last step named for the first",
        VERDICT,
        'self.first.setdefault(backend, {"backend": backend, **place, "against": against})',
        'self.first[backend] = {"backend": backend, **place, "against": against}',
        tests("compare/steps", "what_is_no_number_or_not_there_is_named", "the_one_that_leaves_first_is_named_first"),
    ),
    Mutant(
        "steps-limits",
        "3 limits that fall again",
        JUDGE,
        "max(move, self.moved.get(kind, 0.0))",
        "move",
        tests("compare/steps", "limits_grow_with_what_one_rounding_has_become"),
    ),
    Mutant("steps-whole", "3 an end never seen", STEPS, "step * per_epoch * epochs // steps", "step", SPREAD),
    Mutant(
        "steps-heads",
        "3 heads that weigh what the table says",
        STEPS,
        "without_dropout(recipe.applied(table))",
        "without_dropout(table)",
        tests("compare/steps_limits", "the_heads_count_as_the_recipe_says"),
    ),
    Mutant("steps-weights", "3 weights of its own", STEPS, "seed) if weights is None else weights", "seed)", START),
    Mutant("steps-seed", "3 a seed of its own", STEPS, "probing(table, seed) if", "probing(table, 0) if", START),
    Mutant(
        "steps-gradients",
        "3 gradients that are not compared",
        STEPS,
        '"gradients": gradients, "seed"',
        '"gradients": False, "seed"',
        tests("compare/steps_limits", "gradients_are_compared_where_they_are_asked_for"),
    ),
    Mutant(
        "steps-command-weights",
        "3 weights of its own",
        COMMAND,
        'settings["weights"] = self.weights',
        'settings["weights"] = None',
        ARRIVE,
    ),
    Mutant("steps-command-images", "3 images of its own", COMMAND, "batches(pictures, c", "batches(None, c", ARRIVE),
    Mutant("steps-command-seed", "3 a seed of its own", COMMAND, "classes, self.seed)", "classes, 0)", ARRIVE),
    Mutant("steps-margin", "3 a limit too wide", JUDGE, "FARTHER, MARGIN = 8, 4", "FARTHER, MARGIN = 8, 4000", LIMIT),
    Mutant(
        "steps-no-bound",
        "3 a limit without an end",
        JUDGE,
        "min(max(once, MARGIN * FARTHER * move), bound)",
        "max(once, MARGIN * FARTHER * move)",
        LIMIT,
    ),
    Mutant("steps-bound", "3 a bound too wide", JUDGE, '"velocity": 1e-8', '"velocity": 1e-3', LIMIT),
    Mutant(
        "steps-farther", "3 told where nothing can be", JUDGE, "if FARTHER * move > bound", "if move > bound", LIMIT
    ),
    Mutant(
        "steps-rounded",
        "3 a twin that starts far away",
        JUDGE,
        "uniform(-UNIT / 2, UNIT / 2",
        "uniform(-5 * UNIT, 5 * UNIT",
        tests("compare/steps_limits", "the_twin_starts_one_rounding_away_at_most_and_not_in_the_same_place"),
    ),
    Mutant(
        "steps-fails",
        "3 a backend that fails stops the comparison",
        "common/compare/faults.py",
        "RAISED = (Exception, SystemExit)",
        "RAISED = (KeyError, SystemExit)",
        tests("compare/steps_limits", "a_backend_that_fails_at_a_step_is_a_finding_and_the_others_go_on"),
    ),
    Mutant(
        "steps-innocent",
        "3 one that is right blamed for another",
        VERDICT,
        'if not blame.first.keys() & set(pair["between"]):',
        "if True:",
        tests("compare/steps_limits", "one_that_is_right_is_not_blamed_for_one_that_is_wrong"),
    ),
    Mutant(
        "steps-outlier",
        "3 of two the second blamed, whoever is alone",
        VERDICT,
        'sorted(pair["between"], key=times.__getitem__)',
        'pair["between"]',
        BLAMED,
    ),
    Mutant(
        "steps-shown-number",
        "3 a loss that is no number left out of the table",
        SHOWN,
        "None if None in errors or not errors else max(errors)",
        "max(error for error in errors if error is not None)",
        TABLE,
    ),
    Mutant(
        "steps-shown-pairs",
        "3 pairs left out of the table",
        SHOWN,
        '(*row["backends"].values(), *row["across"])',
        'row["backends"].values()',
        TABLE,
    ),
]
