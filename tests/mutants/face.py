"""The Python face: its results, tables of one's own from outside, arrays, and the pages that show them."""

from mutants.mutant import Mutant, tests

OUTSIDE, NETS = "common/nets/outside.py", "common/nets/__init__.py"
ARRAYS, OPENED, HTML, PLOTS = (
    "common/data/arrays.py",
    "common/runs/opened.py",
    "googlenet/html.py",
    "googlenet/plots.py",
)
LINES = tests("nets/outside", "a_file_without_the_table_is_one_line")
IS = tests("nets/outside", "a_table_in_a_file_is_that_table")
ONCE = tests("nets/outside", "a_file_runs_once_until_it_is_changed")
NEIGHBOURS = tests("nets/outside", "a_file_may_import_its_neighbours_and_prints_nothing")
FIRST = tests("nets/outside", "our_own_names_come_first")
BROKEN = tests("nets/outside", "a_broken_plug_in_is_one_line_and_breaks_nothing")
RUN = tests("nets/outside", "a_run_that_names_a_file_does_not_run_it")
WEIGHTS = tests("nets/outside", "weights_that_name_a_file_do_not_run_it")
SAME = tests("face/results", "a_result_is_what_the_command_says")
KEPT = tests("face/results", "a_result_is_not_changed_by_who_takes_it")
ARGUMENTS = tests("face/results", "errors_speak_of_arguments")
WORDS = tests("face/results", "a_notebook_gets_tables_and_words_of_others_are_only_words")
COLOURS = tests("face/results", "what_a_notebook_gets_of_a_result")
BESIDE = tests("face/results", "the_picture_of_a_comparison_has_each_error_beside_its_limit")
GROUPS = tests("face/results", "the_groups_of_several_workers_are_drawn_too")
TOP = tests("face/results", "an_infinite_error_is_drawn_at_the_top")
WHOLE = tests("face/results", "a_run_from_the_first_step_to_its_predictions")
GIVEN = tests("face/results", "images_in_an_array_are_those_that_are_compared")
LAZY = tests("face/results", "nothing_is_imported_before_it_is_used")
BYTES = tests("data/arrays", "what_is_no_picture_or_no_label_is_one_line")
LAYOUT = tests("data/arrays", "pictures_are_those_of_the_array")
PART = tests("data/arrays", "the_parts_are_those_that_were_given")

OF_NAMES = "it takes a table as it is found, wherever it came from"

MUTANTS = [
    Mutant(
        "file-line", "an error without its line", OUTSIDE, "number = trace.tb_lineno", "pass", LINES, compare=OF_NAMES
    ),
    Mutant(
        "file-stale",
        "a file that was changed is the one of before",
        OUTSIDE,
        "(status.st_mtime_ns, status.st_size)",
        "(0, 0)",
        ONCE,
        compare=OF_NAMES,
    ),
    Mutant(
        "file-prints", "a file prints", OUTSIDE, ", redirect_stdout(StringIO()):", ":", NEIGHBOURS, compare=OF_NAMES
    ),
    Mutant(
        "file-exits",
        "a file ends us",
        OUTSIDE,
        '        _run(compile(source, real, "exec"), module)\n    except (Exception, SystemExit) as',
        '        _run(compile(source, real, "exec"), module)\n    except Exception as',
        LINES,
        compare=OF_NAMES,
    ),
    Mutant(
        "own-first",
        "our own names are taken",
        NETS,
        "    elif own is not network:",
        "    elif False:",
        FIRST,
        compare=OF_NAMES,
    ),
    Mutant(
        "forgotten",
        "an own table is unknown by its name",
        NETS,
        "        _added[network.name] = network\n",
        "        pass\n",
        IS,
        compare=OF_NAMES,
    ),
    Mutant(
        "plug-in-name",
        "a plug-in of another name",
        OUTSIDE,
        "    if network.name != name:",
        "    if False:",
        BROKEN,
        compare=OF_NAMES,
    ),
    Mutant(
        "plug-in-stops",
        "a broken plug-in ends the list",
        NETS,
        '            refused(f"left out: {error}")',
        "            raise",
        BROKEN,
        compare=OF_NAMES,
    ),
    Mutant(
        "run-runs",
        "a run of others runs a file",
        "common/runs/run.py",
        'nets.named(settings["network"])',
        'settings["network"]',
        RUN,
    ),
    Mutant(
        "weights-run",
        "weights of others run a file",
        "common/weights/bundle.py",
        "network = nets.named(named[:LETTERS])",
        "network = nets.get(named[:LETTERS])",
        WEIGHTS,
    ),
    Mutant(
        "result-shared",
        "a result is changed from outside",
        "googlenet/result.py",
        "return deepcopy(self.report)",
        "return self.report",
        KEPT,
    ),
    Mutant(
        "options-stay",
        "errors of options that no function has",
        "googlenet/arguments.py",
        "error.args = (in_words_of_python(str(error)),)",
        "pass",
        ARGUMENTS,
    ),
    Mutant("html-unescaped", "words of others are HTML", HTML, "else escape(segment.text)", "else segment.text", WORDS),
    Mutant("html-grey", "no colours", HTML, "Text().append_text(text).render(", "text.render(", COLOURS),
    Mutant(
        "limits-forgotten",
        "errors without their limits",
        PLOTS,
        "max(error / limit, LEAST)",
        "max(error, LEAST)",
        BESIDE,
    ),
    Mutant(
        "infinite-below",
        "an infinite error is at the bottom",
        PLOTS,
        "return MOST if error is None",
        "return LEAST if error is None",
        TOP,
    ),
    Mutant(
        "groups-undrawn",
        "an error that no picture shows",
        PLOTS,
        'names = [*report["backends"], *groups]',
        'names = [*report["backends"]]',
        GROUPS,
    ),
    Mutant(
        "groups-without-a-name",
        "an error of nobody",
        PLOTS,
        "for axes in figure.axes for mark",
        "for axes in figure.axes[:1] for mark",
        GROUPS,
    ),
    Mutant(
        "python-under-a-launcher",
        "17 workers that each train alone",
        "googlenet/training.py",
        "    if (here := place()) is not None:",
        "    if (here := place()) is ...:",
        tests("face/results", "training_in_python_is_alone"),
    ),
    Mutant(
        "own-run-refused",
        "a run of an own table cannot be opened",
        OPENED,
        "None if is_outside(net) else net",
        "net",
        tests("face/pages", "the_blocks_of_no_framework_run"),
    ),
    Mutant(
        "array-size",
        "an array of another size",
        "common/compare/asked.py",
        "    if asked is not None and asked != size:",
        "    if False:",
        GIVEN,
    ),
    Mutant(
        "eager",
        "NumPy before it is used",
        "googlenet/__init__.py",
        "from common.base.faces import face\n",
        "from common.base.faces import face\nimport numpy\n",
        LAZY,
    ),
    Mutant(
        "array-floats",
        "numbers of no scale are pixels",
        ARRAYS,
        "    if array.dtype != np.uint8:",
        "    if False:",
        BYTES,
    ),
    Mutant("array-turned", "pictures are turned", ARRAYS, "transpose(0, 2, 3, 1)", "transpose(0, 3, 2, 1)", LAYOUT),
    Mutant(
        "array-part", "arrays of a part are those of another", ARRAYS, "else {part: data}", 'else {"train": data}', PART
    ),
]
