"""What the proof on the page of ``googlenet page`` would be wrong about."""

from mutants.mutant import Mutant, tests

SITE = "common/site/"
CELLS = tests("site/proof", "a_cell_is_beyond_its_limit_only_where_it_is_larger")
STAGES = tests("site/proof", "the_stages_behind_a_mistake_are_beyond_the_limit_and_its_first_place_is_marked")
GRADIENTS = tests("site/proof", "a_gradient_is_shown_by_the_tensor_that_is_farthest_beyond_its_limit")
FAILED = tests("site/proof", "what_a_framework_that_failed_has_not_computed_is_not_measured")
WRONG = tests("site/proof", "a_wrong_shape_or_count_is_beyond_every_limit")
STEPS = tests("site/proof", "steps_are_shown_by_what_is_nearest_to_its_limit")
SEVERAL = tests("site/proof", "of_several_reports_the_worst_counts_and_then_the_one_that_has_most")
REFUSED = tests("site/proof", "what_is_no_report_is_refused_in_one_line")
EDITED = tests("site/proof", "errors_that_were_edited_are_not_called_agreement")
OTHER = tests("site/proof", "reports_on_another_table_no_json_and_no_folder_are_refused")
SHOWN = tests("site/proof", "the_page_shows_the_report_and_claims_nothing_without_one")
SPOT = tests("site/proof", "what_is_compared_on_the_spot_is_what_is_named_and_installed")
MADE = tests("site/proof", "every_mistake_has_a_table_and_leaves_every_shape_and_count")
ALONE = tests("site/proof", "a_mistake_is_one_frameworks_and_the_others_stay_right")
AGAIN = tests("site/broken", "a_framework_that_makes_the_mistakes_has_the_errors_that_are_shipped")
SEEN = tests("site/broken", "every_mistake_is_seen_and_no_shape_or_count_shows_it")
CURVES = tests("site/training_speed", "curves_go_through_the_values_of_the_history")
THINNED = tests("site/training_speed", "a_long_history_is_thinned_and_its_last_epoch_stays")
TOLD = tests("site/training_speed", "what_is_told_is_told_and_what_is_not_is_not")
BARS = tests("site/training_speed", "bars_are_as_long_as_rates_and_the_fastest_comes_first")
BENCH = tests("site/training_speed", "a_benchmark_that_is_none_or_was_edited_is_refused")
ANSWERS = tests("site/training_speed", "the_first_answers_are_what_was_measured")
CONFUSION = tests("site/training_speed", "a_confusion_is_shown_as_it_is_counted")
SHOWN = tests("site/training_speed", "pictures_are_shown_with_what_was_said_of_them")
FORETOLD = tests("site/training_speed", "predictions_that_do_not_belong_together_are_refused")
FIRST = tests("site/training_speed", "of_many_pictures_the_first_are_shown")
EVALUATED = tests("site/training_speed", "an_evaluation_that_does_not_belong_together_is_refused")
ACCURACIES = tests("site/page", "accuracies_are_as_published_and_of_that_table_alone")
BROWSER = tests("site/browser", "a_mistake_is_chosen_and_its_stages_are_beyond_the_limit")


def _edit(name: str, trap: str, file: str, old: str, new: str, killers: tuple[str, ...]) -> Mutant:
    return Mutant(f"proof-{name}", trap, file if file.startswith("common/") else SITE + file, old, new, killers)


MUTANTS = [
    _edit("none-agrees", "what was not measured is not green", "grids.py",
          "            return MISSING", "            return AGREE", CELLS + FAILED),
    _edit("excuse", "round-off excuses what is beyond the limit, and nothing else", "grids.py",
          "NOT_JUDGED if self.excused else DIVERGE", "NOT_JUDGED", CELLS + STAGES),
    _edit("shape-unseen", "a wrong shape is beyond every limit", "proof.py",
          'own["shape"] == stage["shape"] and ', "", WRONG),
    _edit("inner-layer", "a stage with a wrong layer is not green", "proof.py",
          "replace(cell, error=worst, ", "replace(cell, ", STAGES + SHOWN),
    _edit("smallest", "a stage is shown by its worst tensor", "proof.py",
          "cells[backend] = max(some, key=_urgency)\n", "cells[backend] = some[0]\n", GRADIENTS),
    _edit("by-error", "of kinds with different limits the nearest to its own counts", "proof.py",
          "max(some, key=_urgency, default", "min(some, key=_urgency, default", STEPS),
    _edit("last-step", "the last step is among those shown", "proof.py",
          "len(steps) - 1) / (STEPS - 1)", "len(steps) - 1) / STEPS", STEPS),
    _edit("best-report", "of several reports the worst counts", "results.py",
          'report["verdict"] != "agree"', 'report["verdict"] == "agree"', SEVERAL),
    _edit("edited", "a report that was edited is refused", "results.py",
          'or (said == "agree" and not all(cell.verdict == AGREE for cell in cells))', "", EDITED),
    _edit("other-table", "a report on another table is refused", "results.py",
          "        _check_table(report, known[report[\"net\"]], path)\n", "", OTHER),
    _edit("records", "records within a report are checked", "results.py",
          "    for record, rules in _records(report):\n", "    for record, rules in ():\n", REFUSED),
    _edit("every-time", "given results are enough", "asked.py",
          "prove if prove is not None else results is None", "prove is None or prove", SPOT),
    _edit("without-kind", "gradients are compared on the spot", "results.py",
          "gradients=True, steps=STEPS", "steps=STEPS", SPOT),
    _edit("mistake-elsewhere", "a mistake of global pools keeps the shape", "common/compare/mistakes.py",
          "MaxPool((layer.input[1], layer.input[2]), 1, VALID)", "MaxPool((1, 1), 1, VALID)", MADE),
    _edit("mistake-of-all", "the others are without the mistake", "common/compare/mistaken.py",
          "{**right, name: wrong}", "dict.fromkeys(right, wrong)", ALONE),
    _edit("mistake-of-none", "the framework that is chosen has the mistake", "common/compare/mistaken.py",
          "return self.package.build_net(self.table,", "return self.package.build_net(table,", ALONE + AGAIN),
    _edit("script-all-agree", "a mistake is shown as one", "broken.py",
          '"agree" if error <= limit else "diverge"', '"agree"', BROWSER),
    _edit("script-framework", "the framework chosen is the one with the mistake", "templates/page.js",
          "own.tries.filter((each) => each.backend === backend)", "own.tries", BROWSER),
    _edit("curve-upside-down", "down the page is down", "curves.py",
          "inner[1] * (1 - (y - low) / (high - low))", "inner[1] * ((y - low) / (high - low))", CURVES),
    _edit("curve-of-training", "curves are of validation images where there are such", "curves.py",
          'for name in (f"validation_{kind}", kind):', "for name in (kind,):", CURVES),
    _edit("curve-without-end", "the last epoch is shown", "curves.py",
          "(len(points) - 1) / (POINTS - 1))]", "(len(points) - 1) / POINTS)]", THINNED),
    _edit("always-told", "what cannot be told is not told", "templates/speed.html",
          "{% elif group.verdict.told %}", "{% elif group.verdict %}", TOLD),
    _edit("bar-length", "bars are as long as rates", "speeds.py",
          'max((row["images_per_s"]["q75"]', '2 * max((row["images_per_s"]["q75"]', BARS),
    _edit("bench-edited", "a verdict is that of its rounds", "speeds.py",
          '    if said != verdict(group["rows"]):\n', "    if False:\n", BENCH),
    _edit("answer-hides", "one that diverges is not hidden by many that agree", "answers.py",
          '    if "diverge" in said:\n', '    if "agree" not in said:\n', ANSWERS),
    _edit("answer-of-all", "a framework that was not compared is not named", "answers.py",
          "if all(name in proof.names for proof in proofs)", "if proofs", ANSWERS),
    _edit("answer-told", "the first answer says who is faster only where it is told", "answers.py",
          '"fast.told" if verdict["told"] else "fast.untold"', '"fast.told"', ANSWERS),
    _edit("confusion-edited", "a confusion has the right answers that are said", "confusion.py",
          "    if sum(counts[place][place] for place in range(size)) !=", "    if sum(counts[0][:0]) ==", EVALUATED),
    _edit("confusion-turned", "a row is a true class", "confusion.py",
          "for row in counts]\n    names", "for row in zip(*counts)]\n    names", CONFUSION),
    _edit("published-of-all", "an accuracy is of the published table alone", "published.py",
          "known if known and table == nets.get(table.name) else None", "known", ACCURACIES),
    _edit("samples-edited", "a picture is right where its class is the true one", "samples.py",
          '"truth" in image and image["right"] != (label == truth)', "False", FORETOLD),
    _edit("samples-order", "the most probable class is the first", "samples.py",
          'each["probability"] > first["probability"]', "False", FORETOLD),
    _edit("samples-last", "the first pictures are shown", "samples.py", "[:MOST]", "[-MOST:]", FIRST),
    _edit("samples-large", "pictures are made small", "samples.py",
          "    small.thumbnail((SIDE, SIDE))\n", "", SHOWN),
    _edit("samples-all-right", "a wrong class is marked", "templates/training.html",
          "{% if each.right is false %} class", "{% if each.right is none %} class", SHOWN),
]  # fmt: skip
