"""What people see: confusion matrices, curves, sheets, tables, and the last line."""

from mutants.mutant import Mutant, tests

SHOW = "common/cli/show/"
CONFUSION, CURVES, SHEET, FIGURES = (f"{SHOW}{name}.py" for name in ("confusion", "curves", "sheet", "figures"))
PLAIN, OUTPUT, EVALUATION = (f"{SHOW}{name}.py" for name in ("plain", "output", "evaluation"))

NUMBERS = tests("cli/confusion", "confusions_are_shares_of_each_row")
DARK = tests("cli/confusion", "a_cell_is_as_dark_as_its_share_of_the_row")
READABLE = tests("cli/confusion", "every_number_can_be_read_on_its_cell")
DOWN = tests("cli/confusion", "rows_go_down_and_columns_to_the_right")
BAR = tests("cli/confusion", "the_bar_beside_it_goes_from_0_to_1")
FULL = tests("cli/confusion", "a_disk_that_is_full_leaves_both_files_as_they_were")
NAMES = tests("cli/confusion", "names_and_titles_of_others_are_neither_obeyed_nor_long")
DRAWN = tests("cli/curves", "all_numbers_are_drawn_where_they_belong")
SAMPLES = tests("cli/curves", "a_line_looks_like_its_sample_in_the_legend")
CALLED = tests("cli/curves", "every_panel_has_its_own_values_whatever_a_run_is_called")
EPOCHS = tests("cli/curves", "whole_epochs_stand_below")
BELOW = tests("cli/sheet", "words_stand_below_their_own_picture")
LIKELY = tests("cli/sheet", "the_most_probable_class_is_the_first_of_the_list")
FRAMES = tests("cli/sheet", "right_is_green_and_wrong_is_red")
MATRIX = tests("cli/shown", "the_confusion_matrix_has_the_truth_in_its_rows")
CLASSES = tests("cli/shown", "every_class_has_its_counts_and_their_share")
CELL = tests("cli/output", "a_cell_is_one_line_that_is_cut_and_not_obeyed")
LINE = tests("cli/output", "a_line_is_one_line")
DOING = tests("cli/output", "what_is_being_done_is_not_obeyed_either")

COMPARISON, LAST = f"{SHOW}comparison.py", f"{SHOW}verdict.py"
UNJUDGED = tests("cli/verdict", "only_the_cell_that_is_not_judged_has_a_question_mark")
FAILED = tests("cli/verdict", "a_backend_that_fails_is_named_and_the_other_stands")
SIZED = tests("cli/verdict", "what_oblong_images_show_is_said_with_their_size")
THOSE = tests("cli/verdict", "those_that_agree")

MUTANTS = [
    Mutant(
        "unjudged-of-others",
        "an error that diverges is shown as one that cannot be judged",
        COMPARISON,
        '(place["backend"], place["what"], place["where"]) for place',
        '(backend, place["what"], place["where"]) for place',
        UNJUDGED,
    ),
    Mutant(
        "failure-unseen",
        "a backend that failed has no line of its own",
        COMPARISON,
        'for name, fault in report["errors"].items()),',
        "for name, fault in ()),",
        FAILED,
    ),
    Mutant(
        "oblong-unsaid",
        "the largest error leaves out the oblong images",
        LAST,
        'return [*own, *_rows(report["oblong"])] if report["oblong"] else own',
        "return own",
        SIZED,
    ),
    Mutant(
        "largest-by-size",
        "the largest error is chosen without its limit",
        COMPARISON,
        'value / row["limit"]',
        "value",
        THOSE,
    ),
    Mutant(
        "confusion-transposed",
        "rows are what was said",
        CONFUSION,
        "counts, count = np.asarray(matrix), len(classes)",
        "counts, count = np.asarray(matrix).T, len(classes)",
        NUMBERS,
    ),
    Mutant(
        "confusion-by-column",
        "shares of the wrong axis",
        CONFUSION,
        "np.maximum(matrix.sum(1, keepdims=True), 1)",
        "np.maximum(matrix.sum(0, keepdims=True), 1)",
        DARK,
    ),
    Mutant(
        "confusion-of-all",
        "shares of all images",
        CONFUSION,
        "np.maximum(matrix.sum(1, keepdims=True), 1)",
        "np.maximum(matrix.sum(), 1)",
        DARK,
    ),
    Mutant(
        "confusion-number-transposed",
        "a number stands in the mirror image of its cell",
        CONFUSION,
        "axes.text(said, truth,",
        "axes.text(truth, said,",
        NUMBERS,
    ),
    Mutant(
        "confusion-upside-down",
        "the first class is at the bottom",
        CONFUSION,
        'interpolation="nearest")',
        'interpolation="nearest", origin="lower")',
        DOWN,
    ),
    Mutant(
        "confusion-axes-swapped",
        "truth is called said",
        CONFUSION,
        'xlabel="said", ylabel="truth"',
        'xlabel="truth", ylabel="said"',
        NUMBERS,
    ),
    Mutant(
        "confusion-no-title",
        "the title is dropped",
        CONFUSION,
        "        _head(figure, figures.label(title, TITLE))\n",
        "",
        NUMBERS,
    ),
    Mutant(
        "confusion-names-reversed",
        "rows have the names of others",
        CONFUSION,
        "axes.set_yticks(range(count), names, fontsize=8)",
        "axes.set_yticks(range(count), names[::-1], fontsize=8)",
        NUMBERS,
    ),
    Mutant(
        "confusion-stretched",
        "the darkest cell is always black",
        CONFUSION,
        'cmap="Blues", vmin=0, vmax=1,',
        'cmap="Blues",',
        BAR,
    ),
    Mutant(
        "confusion-pale",
        "the darker a cell, the smaller its share",
        CONFUSION,
        'cmap="Blues"',
        'cmap="Blues_r"',
        DARK,
    ),
    Mutant(
        "confusion-unreadable",
        "black numbers on dark cells",
        CONFUSION,
        '"white" if dark[truth, said] else "black"',
        '"black" if dark[truth, said] else "white"',
        READABLE,
    ),
    Mutant(
        "figure-by-figure",
        "of two files the first is replaced though the second does not fit",
        FIGURES,
        """    with ExitStack() as waiting:
        for path, kind in zip(paths, kinds, strict=True):
            temporary""",
        """    for path, kind in zip(paths, kinds, strict=True):
        with ExitStack() as waiting:
            temporary""",
        FULL,
    ),
    Mutant(
        "figure-raw-names",
        "control characters in figures",
        FIGURES,
        "return shortened(printable(shortened(words, most)), most)",
        "return shortened(words, most)",
        NAMES,
    ),
    Mutant(
        "curves-crossed",
        "the loss of the training is drawn as that of the validation",
        CURVES,
        '_values(rows, "epoch", f"validation_{name}")',
        '_values(rows, "epoch", name)',
        DRAWN,
    ),
    Mutant(
        "curves-styles-crossed",
        "the samples in the legend are those of other lines",
        CURVES,
        '("validation", VALIDATION, "epoch"',
        '("validation", MEANS, "epoch"',
        SAMPLES,
    ),
    Mutant(
        "curves-panels-swapped",
        "accuracy is called loss",
        CURVES,
        'Panel("accuracy", "accuracy (share',
        'Panel("loss", "accuracy (share',
        DRAWN,
    ),
    Mutant(
        "curves-epoch-late",
        "epochs are shifted by one",
        CURVES,
        'row["step"] / (row["epoch"] + 1)',
        'row["step"] / (row["epoch"] + 2)',
        EPOCHS,
    ),
    Mutant(
        "curves-test-late",
        "the test stands at the end of the epoch after",
        CURVES,
        'ends = {row["epoch"]: row["step"]',
        'ends = {row["epoch"] - 1: row["step"]',
        DRAWN,
    ),
    Mutant(
        "curves-no-title",
        "the title is dropped",
        CURVES,
        "        figure.suptitle(figures.label(title, TITLE))\n",
        "",
        DRAWN,
    ),
    Mutant(
        "curves-legend-by-name",
        "a run called validation takes the place of the validation",
        CURVES,
        "entries = list(_legend(runs))",
        "entries = list(dict(_legend(runs)).items())",
        CALLED,
    ),
    Mutant(
        "sheet-next-picture",
        "words stand below the next picture",
        SHEET,
        "figure.text(middle / inches[0],",
        "figure.text((middle + CELL) / inches[0],",
        BELOW,
    ),
    Mutant(
        "sheet-last-class",
        "the least probable of the classes is shown",
        SHEET,
        'best = image["top"][0]',
        'best = image["top"][-1]',
        LIKELY,
    ),
    Mutant(
        "sheet-colours-swapped",
        "wrong is green",
        SHEET,
        'figures.GREEN if image["right"] else figures.RED',
        'figures.RED if image["right"] else figures.GREEN',
        FRAMES,
    ),
    Mutant(
        "printed-transposed",
        "rows of the printed matrix are what was said",
        EVALUATION,
        'zip(report["classes"], report["confusion"], strict=True)',
        'zip(report["classes"], zip(*report["confusion"], strict=True), strict=True)',
        MATRIX,
    ),
    Mutant(
        "printed-correct",
        "images and right answers are swapped",
        EVALUATION,
        """f"{row['images']:,}", f"{row['correct']:,}", accuracy)""",
        """f"{row['correct']:,}", f"{row['images']:,}", accuracy)""",
        CLASSES,
    ),
    Mutant(
        "cells-raw",
        "text of others is obeyed in tables",
        PLAIN,
        "Text(fit(cell)) if isinstance(cell, str)",
        "Text(cell) if isinstance(cell, str)",
        CELL,
    ),
    Mutant(
        "lines-raw",
        "a name with a newline forges a last line",
        OUTPUT,
        "line, width = one_line(part), ",
        "line, width = part, ",
        LINE,
    ),
    Mutant(
        "progress-markup",
        "Rich reads markup in the name of a file",
        OUTPUT,
        'status.update(Text(f"{fit(task)} ..."))',
        'status.update(f"{fit(task)} ...")',
        DOING,
    ),
    Mutant(
        "bar-markup",
        "Rich reads markup in the name of a data set",
        OUTPUT,
        'TextColumn("{task.description}", markup=False)',
        'TextColumn("{task.description}")',
        DOING,
    ),
    Mutant(
        "pipe-waited-for",
        "a pipe that nobody reads is waited for",
        OUTPUT,
        ' | getattr(os, "O_NONBLOCK", 0)',
        "",
        tests("cli/bad_input", "a_pipe_that_nobody_reads_is_not_waited_for"),
    ),
    Mutant(
        "json-later",
        "where JSON goes is looked at when all is done",
        OUTPUT,
        "            check_writable(json_to)\n",
        "            pass\n",
        tests("cli/bad_input", "json_that_cannot_be_written_is_told_before_anything_is_done"),
    ),
]
