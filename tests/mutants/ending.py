"""How commands end, whatever happens, and what is refused before it happens."""

from mutants.mutant import Mutant, tests

ENDING, STREAMS, OPTIONS = "common/cli/ending.py", "common/cli/streams.py", "common/cli/options.py"
SIGNALS, FILES, MACHINE = "common/base/signals.py", "common/base/files.py", "common/base/machine.py"
PRINTABLE, SCHEDULES = "common/base/printable.py", "common/contract/schedules.py"
MEMORY = "common/table/memory.py"
EXCEPTIONS = tests("cli/ending", "every_exception_has_its_exit_code_and_one_line")
SIGNALLED = tests("cli/ending", "a_signal_cleans_up_and_ends_with_128_and_its_number")
IMPORTING = tests("cli/ending", "a_signal_while_the_command_line_is_imported_is_no_traceback")
TRACED = tests("cli/ending", "a_traceback_is_shown_to_whom_asks_for_it")
EVERY_KIND = tests("cli/ending", "streams_of_every_kind")
BOUNDED = tests("cli/ending", "every_whole_number_is_bounded")
IGNORED = tests("base/signals", "a_signal_that_is_ignored_stays_ignored")
TWICE = tests("base/signals", "the_first_signal_asks_and_the_second_ends")
THESE = tests("base/signals", "these_signals_ask_a_process_to_end")
AT_ONCE = tests("base/signals", "a_signal_ends_what_is_going_on_and_says_its_number")
LEFT = tests("base/files", "what_a_killed_process_has_left_is_removed_by_the_next")
LIVE = tests("base/files", "what_a_live_process_is_writing_stays")
ALIKE = tests("base/files", "what_only_looks_like_a_leftover_stays")
GROUPS = tests("base/machine", "what_a_control_group_and_those_above_it_leave")
COMPARED = tests("cli/room", "compare")
COUNTED = tests("cli/room", "the_pictures_that_were_found_count")
FITS = tests("cli/room", "what_fits_is_not_refused", "an_estimate_grows_with_what_is_asked_for")
LINE = tests("cli/printable", "what_is_quoted_is_cut")
STEPWISE = tests("contract/schedules", "a_rate_changes_at_the_first_step_of_an_epoch")
COSINE = tests("contract/schedules", "cosine_goes_up_in_a_line_and_down_along_half_a_cosine")

MUTANTS = [
    Mutant("all-are-130", "SIGTERM ends as Ctrl-C", ENDING, "return 128 + number", "return 130", SIGNALLED),
    Mutant("defect-is-2", "a defect of ours is bad input", ENDING, "DEFECT = 2, 3", "DEFECT = 2, 2", EXCEPTIONS),
    Mutant("memory-is-3", "memory is our defect", ENDING, "if out_of_memory(error):", "if False:", EXCEPTIONS),
    Mutant("library-exits", "a library may exit", ENDING, "except BaseException as", "except Exception as", EXCEPTIONS),
    Mutant("traced-always", "a traceback for everyone", ENDING, "if traced:", "if True:", TRACED),
    Mutant("never-traced", "no variable", ENDING, "bool(os.environ.get(VARIABLE))", "False", TRACED),
    Mutant(
        "import-interrupted",
        "Ctrl-C while importing is a traceback",
        "common/cli/__init__.py",
        "except KeyboardInterrupt as error:",
        "except ImportError as error:",
        IMPORTING,
    ),
    Mutant(
        "memory-by-type",
        "frameworks have errors of their own",
        MACHINE,
        "isinstance(cause, MemoryError) or any(",
        "isinstance(cause, MemoryError) and any(",
        EXCEPTIONS,
    ),
    Mutant("full-unseen", "a full disk", STREAMS, "if self.wanted and", "if False and", EVERY_KIND),
    Mutant("unread-ends", "a closed pipe", STREAMS, "UNREAD = (errno.EPIPE, ", "UNREAD = (", EVERY_KIND),
    Mutant("stderr-wanted", "stderr is full", STREAMS, "wanted=descriptor == 1", "wanted=True", EVERY_KIND),
    Mutant("closed-stays", "stdout is closed", STREAMS, "    _open_descriptors()\n    for", "    for", EVERY_KIND),
    Mutant(
        "nohup", "an ignored signal", SIGNALS, "if signal.getsignal(number) is not signal.SIG_IGN:", "if True:", IGNORED
    ),
    Mutant(
        "handlers-stay",
        "handlers stay",
        SIGNALS,
        "for number, was in before.items():",
        "for number, was in ():",
        AT_ONCE,
    ),
    Mutant("asked-for-ever", "twice is once", SIGNALS, "        if stop():\n", "        if False:\n", TWICE),
    Mutant("hangup-unknown", "no SIGHUP", SIGNALS, '"SIGTERM", "SIGHUP")', '"SIGTERM")', THESE),
    Mutant("leftovers-stay", "leftovers stay", FILES, "            remove_abandoned(target.parent)\n", "", LEFT),
    Mutant("robbed", "a live writer's file is taken", FILES, "if abandoned:", "if abandoned is not None:", LIVE),
    Mutant("link-followed", "a link is followed", FILES, " and not folder.is_symlink():", ":", ALIKE),
    Mutant("group-alone", "groups above", MACHINE, "for group in (own, *own.parents):", "for group in (own,):", GROUPS),
    Mutant("cache-is-used", "files' memory", MACHINE, "limit - used + _cached(group)", "limit - used", GROUPS),
    Mutant("any-number", "numbers of any size", OPTIONS, "max: int = MOST", "max: int | None = None", BOUNDED),
    Mutant(
        "room-unasked",
        "compare allocates at once",
        "common/weights/room.py",
        "    needed = memory.to_compare(table, shape, images, training=training, gradients=gradients)\n",
        "    needed = 0\n",
        COMPARED,
    ),
    Mutant("one-picture", "one image", "common/compare/asked.py", "_room(len(given))", "_room(1)", COUNTED),
    Mutant(
        "room-of-one",
        "a batch of one",
        "common/table/memory.py",
        "passes * batch * outputs",
        "passes * outputs",
        FITS,
        compare="it asks for the estimate, and compares whatever fits",
    ),
    Mutant("uncut", "hostile text at any length", PRINTABLE, "\nMOST = 120 ", "\nMOST = 3000 ", LINE),
    Mutant("schedule-early", "a step early", SCHEDULES, "return self.step //", "return (self.step + 1) //", STEPWISE),
    Mutant(
        "schedule-late", "a step late", SCHEDULES, "return self.step //", "return max(self.step - 1, 0) //", STEPWISE
    ),
    Mutant("cosine-early", "a step early", SCHEDULES, "turn = (at.step - warm)", "turn = (at.step + 1 - warm)", COSINE),
    Mutant("warm-up-late", "a step late", SCHEDULES, "return (at.step + 1) /", "return at.step /", COSINE),
]
