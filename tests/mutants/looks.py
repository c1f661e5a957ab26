"""What people look at: tables and lines on terminals, the order of the networks, and the sizes that they take."""

from mutants.mutant import Mutant, tests

COLUMNS, PLAIN, OUTPUT = (f"common/cli/show/{name}.py" for name in ("columns", "plain", "output"))
CURVES, PICTURES = "common/cli/show/curves.py", "common/cli/pictures.py"
TAKER, NETS = "common/table/taker.py", "common/nets/__init__.py"

FITS = tests("cli/screens", "a_screen_fits_and_has_every_number_whole")
GAPS = tests("cli/screens", "gaps_become_narrower_before_anything_is_folded")
HEADS = tests("cli/screens", "heads_of_numbers_are_folded_at_spaces_only")
LAST = tests("cli/screens", "the_last_of_what_may_be_left_out_goes_first_and_no_more_than_must")
TOLD = tests("cli/curves", "several_runs_have_a_colour_and_a_marker_each_and_none_hides_another")
RATES = tests("cli/curves", "rates_that_are_all_the_same_are_no_runs_own")
KINDS = tests("cli/curves", "a_loss_of_training_of_another_kind_has_a_panel_of_its_own")
LOW = tests("cli/curves", "losses_that_fall_very_low_have_a_logarithmic_axis")
EPOCHS = tests("cli/curves", "whole_epochs_stand_below")
TITLED = tests("runs/pictures", "the_loss_of_training_is_named_where_it_is_no_cross_entropy")
WITHOUT = tests("runs/pictures", "without_matplotlib_a_run_trains_and_a_line_says_why_there_are_no_curves")
NAMED = tests("weights/imagenet", "published_weights_come_with_the_names_and_keep_them")
CALLED = tests("weights/imagenet", "a_data_set_that_calls_imagenets_classes_otherwise_keeps_the_classifier")
TITLE = tests("cli/confusion", "a_title_is_broken_only_where_it_is_too_wide")
IMAGENET = "common/weights/imagenet.py"
SEVERAL = tests("cli/complete", "a_name_of_several_networks_says_which")
BACKENDS = tests("cli/complete", "backends_are_completed_wherever_one_is_named")
COMMANDS = tests("cli/complete", "commands_and_options_are_completed")
SCRIPT = tests("cli/complete", "the_option_that_shows_the_script_is_no_defect")
VANISHES = tests("cli/screens", "a_column_without_anything_vanishes_at_every_width")
LEFT_OUT = tests("cli/screens", "what_is_left_out_is_said_and_only_what_may_be")
BELOW = tests("cli/screens", "what_does_not_fit_goes_below_beside_the_same_first_column")
INDENTED = tests("cli/screens", "lines_are_folded_at_spaces_and_what_goes_on_is_indented")
DIGITS = tests("cli/screens", "neither_a_number_nor_a_part_of_one_is_left_alone_where_a_name_is_folded")
PIPE = tests("cli/screens", "prose_is_not_wider_than_people_read_and_a_pipe_gets_whole_lines")
COPIED = tests("cli/screens", "a_command_to_copy_is_not_broken")
SAID = tests("cli/screens", "a_width_that_is_none_is_not_taken")
WHOLE = tests("table/analysis", "a_taker_says_of_every_size_what_the_whole_walk_says")
SIDES = tests("table/analysis", "a_taker_looks_at_both_sides_of_a_map_and_at_whether_it_is_one")
ORDER = tests("nets/tables", "networks_come_in_the_order_of_a_reader")

OF_SIZES = "it takes images of one size, and asks for no others"
OF_ORDER = "it takes a network by its name, and lists none"

MUTANTS = [
    Mutant(
        "empty-column", "an empty column stays", COLUMNS, "any(cell.plain for cell in column.cells)", "True", VANISHES
    ),
    Mutant("rowless-column", "no rows, no columns", COLUMNS, "if not column.cells or any(", "if any(", VANISHES),
    Mutant("wide-gaps", "gaps stay wide where there is no room", COLUMNS, "GAPS = (3, 2)", "GAPS = (3, 3)", GAPS),
    Mutant("narrow-gaps", "gaps are narrow where there is room", COLUMNS, "GAPS = (3, 2)", "GAPS = (2, 2)", GAPS),
    Mutant(
        "spare-first",
        "the first spare column is left out first",
        COLUMNS,
        "if column.spare][-1]",
        "if column.spare][0]",
        LAST,
    ),
    Mutant(
        "spare-kept", "nothing is left out", COLUMNS, "and any(column.spare for column in shown)", "and False", LEFT_OUT
    ),
    Mutant("spare-unsaid", "what is left out is not said", COLUMNS, "if column not in shown]:", "if False]:", LEFT_OUT),
    Mutant(
        "no-blocks",
        "what does not fit stays beside the rest",
        COLUMNS,
        "if len(block) > 1 and _needed",
        "if False and _needed",
        BELOW,
    ),
    Mutant(
        "nameless-blocks",
        "columns below have no names",
        COLUMNS,
        "            block = [first]\n",
        "            block = []\n",
        BELOW,
    ),
    Mutant("number-folded", "numbers are folded like words", COLUMNS, "if not self.right:", "if True:", HEADS),
    Mutant("head-cut", "a head's longest word has no room", COLUMNS, "return max(longest, *", "return max(*", FITS),
    Mutant(
        "unindented",
        "a name begins a line of its own",
        COLUMNS,
        'Text(" " * indent).append_text(line)',
        "line",
        INDENTED,
    ),
    Mutant("broken-number", "a number is broken behind its sign", COLUMNS, r"(?=[^\W\d_])|", "|", DIGITS),
    Mutant(
        "broken-digits",
        "a long name is broken within a number",
        COLUMNS,
        ".isdigit():\n        within -= 1",
        ".isdigit():\n        break",
        DIGITS,
    ),
    Mutant("folded-pipe", "a pipe gets broken lines", OUTPUT, " or self.console.width == MOST", "", PIPE),
    Mutant(
        "wide-prose",
        "lines of words are as wide as the terminal",
        OUTPUT,
        "min(self.console.width, PROSE)",
        "self.console.width",
        PIPE,
    ),
    Mutant("broken-command", "a command to copy is broken", OUTPUT, "if part.no_wrap or", "if", COPIED),
    Mutant("no-width", "a width of 0 is taken", OUTPUT, "0 < int(said) < MOST", "True", SAID),
    Mutant(
        "terminal-unasked",
        "the width of a terminal is not asked for",
        OUTPUT,
        "return os.get_terminal_size(stream.fileno()).columns or MOST",
        "return MOST",
        tests("cli/screens", "a_terminal_says_how_wide_it_is"),
    ),
    Mutant(
        "taker-one-map",
        "stages are taken for each other",
        TAKER,
        "key = name, before.output",
        "key = before.output, before.output",
        WHOLE,
        compare=OF_SIZES,
    ),
    Mutant(
        "taker-one-side",
        "a map is known by its rows",
        TAKER,
        "before.output, before.flat",
        "before.output[:2], before.flat",
        SIDES,
        compare=OF_SIZES,
    ),
    Mutant(
        "taker-no-heads",
        "heads are left out",
        TAKER,
        "in network.aux.items() if aux else ()",
        "in ()",
        WHOLE,
        compare=OF_SIZES,
    ),
    Mutant(
        "taker-always-heads",
        "heads are always there",
        TAKER,
        "in network.aux.items() if aux else ()",
        "in network.aux.items()",
        WHOLE,
        compare=OF_SIZES,
    ),
    Mutant(
        "nets-by-name",
        "networks come by the names of their modules",
        NETS,
        "iter_modules(__path__)), key=_place)",
        "iter_modules(__path__)))",
        ORDER,
        compare=OF_ORDER,
    ),
    Mutant(
        "nets-others-last",
        "networks to come are behind those to compare with",
        NETS,
        "return len(FIRST) + 1 +",
        "return len(FIRST) - 1 +",
        ORDER,
        compare=OF_ORDER,
    ),
    Mutant(
        "curves-widths",
        "lines of some runs are wider",
        CURVES,
        'MEANS: {"linewidth": WIDTH,',
        'MEANS: {"linewidth": WIDTH + place,',
        TOLD,
    ),
    Mutant(
        "curves-markers", "markers of all runs are alike", CURVES, "MARKERS[place % len(MARKERS)]", "MARKERS[0]", TOLD
    ),
    Mutant(
        "curves-hidden",
        "markers of the last run hide those below",
        CURVES,
        "min(runs - 1 - place, 3)",
        "min(place, 3)",
        TOLD,
    ),
    Mutant("curves-coloured-rates", "the last run has the rate of all", CURVES, "line.set_color(GREY)", "pass", RATES),
    Mutant(
        "curves-grey-rates",
        "rates that differ are grey",
        CURVES,
        "if len(lines) > 1 and all(",
        "if len(lines) > 1 or all(",
        RATES,
    ),
    Mutant(
        "curves-kinds-mixed",
        "losses of two kinds share a panel",
        CURVES,
        "_scale_losses, (VALIDATION, TEST))",
        "_scale_losses, (STEPS, MEANS, VALIDATION, TEST))",
        KINDS,
    ),
    Mutant("curves-squashed", "low losses are pressed flat", CURVES, "ceiling < SQUASHED * values.min()", "True", LOW),
    Mutant(
        "curves-always-log",
        "the axis is always logarithmic",
        CURVES,
        "or ceiling < SQUASHED * values.min()",
        "or False",
        LOW,
    ),
    Mutant(
        "curves-half-epochs",
        "epochs are counted in halves",
        CURVES,
        "MaxNLocator(10, integer=True)",
        "MaxNLocator(30)",
        EPOCHS,
    ),
    Mutant(
        "objective-no-smoothing",
        "label smoothing is no part of the loss",
        PICTURES,
        "if recipe.label_smoothing else []",
        "if False else []",
        TITLED,
    ),
    Mutant(
        "no-curves-no-run",
        "a run ends because a library is missing",
        PICTURES,
        "except MissingLibrary as error:\n        watcher.say",
        "except ZeroDivisionError as error:\n        watcher.say",
        WITHOUT,
    ),
    Mutant(
        "imagenet-shifted",
        "of 1,001 classes the background is the last",
        IMAGENET,
        "(BACKGROUND, *found)",
        "(*found, BACKGROUND)",
        NAMED,
    ),
    Mutant(
        "imagenet-unread",
        "published weights come without names",
        "common/weights/convert.py",
        "labels = imagenet.names(table.num_classes) if imagenets",
        "labels = None if imagenets",
        NAMED,
    ),
    Mutant(
        "imagenet-anew",
        "numbers for names make a new classifier",
        "common/weights/start.py",
        "if given.labels != imagenet.names(len(given.labels or ())) else None",
        "if True else None",
        CALLED,
    ),
    Mutant(
        "confusion-title-wide",
        "a title is as wide as it is",
        "common/cli/show/confusion.py",
        "    if wide > most:\n",
        "    if False:\n",
        TITLE,
    ),
    Mutant(
        "confusion-title-narrow",
        "every title is broken",
        "common/cli/show/confusion.py",
        "    if wide > most:\n",
        "    if True:\n",
        tests("cli/confusion", "a_title_that_just_fits_is_not_broken"),
    ),
    Mutant(
        "several-unsaid",
        "googlenet is an unknown network",
        "common/nets/__init__.py",
        "if several and name not in known:",
        "if False:",
        SEVERAL,
        compare=OF_ORDER,
    ),
    Mutant(
        "several-as-written",
        "GoogLeNet is an unknown network",
        "common/nets/__init__.py",
        "str(name).lower()",
        "str(name)",
        SEVERAL,
        compare=OF_ORDER,
    ),
    Mutant(
        "complete-one-backend",
        "behind a comma no backend is completed",
        "common/cli/complete.py",
        'incomplete.rpartition(",")',
        '"", "", incomplete',
        BACKENDS,
    ),
    Mutant(
        "complete-unanswered",
        "a shell that asks gets the help",
        "common/cli/ending.py",
        "os.environ.get(complete.VARIABLE)",
        "os.environ.get('NOBODY')",
        COMMANDS,
    ),
    Mutant(
        "shown-as-defect",
        "a script that was shown is a defect",
        "common/cli/ending.py",
        "except SystemExit as shown:",
        "except ZeroDivisionError as shown:",
        SCRIPT,
    ),
]
