"""Mistakes in measuring backends side by side, each in a process that is forked for it."""

from mutants.mutant import Mutant, tests

FORKS, SENT, APART = "common/base/forks.py", "common/base/sent.py", "common/compare/apart.py"
ASKED = "common/compare/asked.py"
TOLD = tests("base/forks", "each_tells_what_it_has_to_between_its_turn_and_its_end")
ONE = tests("base/forks", "no_more_work_at_a_time_than_are_to")
DIES = tests("base/forks", "one_that_dies_is_told_and_the_others_go_on")
LEFT = tests("base/forks", "whoever_is_interrupted_leaves_nobody_behind")
FORKING = tests("base/forks", "a_signal_that_comes_while_they_are_forked_leaves_nobody_behind")
SIGNALLED = tests("base/forks", "a_signal_is_for_whoever_has_forked")
PRINTED = tests("base/forks", "what_is_printed_goes_to_standard_error_and_nothing_of_it_is_lost")
ORPHANS = tests("base/forks", "they_end_with_whoever_has_forked_them")
OPENMP = tests("base/forks", "no_fork_waits_for_the_threads_of_an_openmp")
UNTOLD = tests("base/forks", "elsewhere_than_on_linux_and_where_nobody_can_tell_nothing_is_forked")
THREADS = tests("base/forks", "a_thread_that_is_about_to_end_is_waited_for_and_another_is_not")
NONE = tests("base/forks", "a_system_that_starts_no_more_processes_is_one_line")
ARRIVES = tests("base/sent", "an_error_arrives_as_it_was_and_with_its_traceback")
WORDS = tests("base/sent", "what_cannot_be_sent_arrives_as_its_words")
MEMORY = tests("base/sent", "memory_that_did_not_suffice_is_told_though_its_cause_stays_behind")
BITS = tests("compare/apart", "the_report_is_that_of_backends_in_turn_to_the_last_bit")
DEATH = tests("compare/apart", "a_backend_whose_process_dies_is_a_finding_and_the_others_stand")
IMPORTS = tests("compare/apart", "a_backend_that_does_not_import_is_the_one_line_that_it_is_in_turn")
POLITE = tests("compare/apart", "threads_wait_without_taking_a_processor_from_another_backend")
FIRST = tests("compare/apart", "what_keeps_the_first_from_being_imported_is_told_whoever_fails_first")
MISSING = tests("compare/apart", "backends_that_are_not_installed_are_left_out_where_none_was_named")
PAYS = tests("compare/apart", "backends_are_measured_apart_where_that_is_safe_and_pays")
IMPORTED = tests("compare/apart", "nothing_is_forked_once_a_framework_is_imported")
CANNOT = tests("compare/apart", "nothing_is_forked_where_it_cannot_be_or_does_not_pay")
REFUSED = tests("compare/apart", "what_is_to_be_refused_is_left_to_who_refuses_it")
BESIDE = tests("compare/apart", "nothing_is_forked_beside_a_thread")
IN_TURN = tests("compare/apart", "a_program_and_a_machine_without_room_are_served_in_turn")
STEPS = tests("compare/apart", "steps_of_training_are_compared_in_turn")
SHOWN = tests("compare/apart", "a_terminal_is_told_who_is_being_measured")
ROOM = tests("cli/room", "several_processes_compare_at_a_time_where_all_of_them_fit")


def _edits(file, trap, *edits):
    return [Mutant(f"apart-{name}", trap, file, old, new, killers) for name, old, new, killers in edits]


MUTANTS = [
    *_edits(
        FORKS,
        "a fork that cannot go on, or that goes on for ever",
        ("all-at-once", "len(working) < at_once", "True", ONE),
        ("no-turn", "            yield name, Turn()\n", "", TOLD),
        ("left", "                process.kill()\n                process.join()", "                pass", LEFT),
        (
            "disturbed",
            "    with asked_to_stop(told=False) as stop:\n        yield\n    if stop.",
            "    stop = asked_to_stop\n    yield\n    if 0 and stop.",
            FORKING,
        ),
        ("signal-lost", "        raise Ended(stop.number)\n", "        pass\n", FORKING),
        ("signalled", "signal.signal(number, signal.SIG_IGN)", "pass", SIGNALLED),
        ("stdout", "    os.dup2(2, 1)\n", "", PRINTED),
        ("unflushed", "            process.join(PATIENCE)\n", "            process.kill()\n", PRINTED),
        ("orphans", "    _end_with(parent)\n", "", ORPHANS),
        ("openmp", "and not _has_openmp()", "and True", OPENMP),
        ("openmp-renamed", r"omp[\d.-]", r"omp[.]", OPENMP),
        ("openmp-untold", "        return True\n", "        return False\n", UNTOLD),
        ("threads", "threading.active_count() == 1 and", "True and", OPENMP),
        ("elsewhere", 'sys.platform == "linux" and', "True and", UNTOLD),
        ("no-patience", "            thread.join(1.0)\n", "            pass\n", THREADS),
        ("for-ever", "            thread.join(1.0)\n", "            thread.join()\n", THREADS),
        (
            "no-process",
            "    except OSError as error:\n        raise InputError(",
            "    except KeyError as error:\n        raise InputError(",
            NONE,
        ),
        ("dead-unheard", "            except (EOFError, OSError):\n", "            except KeyError:\n", DIES),
        ("memory-unsaid", 'if name == "SIGKILL" else ""', 'if name == "" else ""', DIES),
    ),
    *_edits(
        SENT,
        "an error that loses what it says on its way",
        ("traceless", "        self.error.__cause__ = Elsewhere(self.trace)\n", "", ARRIVES),
        ("unreadable", "type(pickle.loads(pickle.dumps(error))) is type(error)", "True", WORDS),
        ("memory", "if out_of_memory(error) and", "if False and", MEMORY),
        ("memory-first", " and not isinstance(error, InputError)", "", MEMORY),
    ),
    *_edits(
        APART,
        "another report, or another error, than in turn",
        ("impolite", "    os.environ.setdefault(*POLITE)\n", "", POLITE),
        ("impolite-for-all", "    os.environ.setdefault(*POLITE)\n", "    os.environ.update([POLITE])\n", POLITE),
        (
            "one-pass",
            "    for one in passes:\n        tell",
            "    for one in passes[:1] * len(passes):\n        tell",
            BITS,
        ),
        ("phaseless", "            one.phase = what\n", "            pass\n", DEATH),
        (
            "death-of-import",
            "    if one.loaded is None:\n        install",
            "    if one is None:\n        install",
            IMPORTS,
        ),
        ("fastest", "        if not one.settled:\n            return\n", "", FIRST),
        ("patient", "            _require_loaded(heard)\n", "", FIRST),
        ("missing", "installed and isinstance", "isinstance", IMPORTS),
        ("missing-told", "installed and isinstance", "False and isinstance", MISSING),
        ("none-there", "        raise backend.none_installed()\n", "        pass\n", MISSING),
        ("one", "len(set(names)) > 1", "len(names) > 1", PAYS),
        ("gpu", "devices.asked() in (None, CPU)", "True", PAYS),
        ("imported", "not modules & sys.modules.keys()", "True", IMPORTED),
        (
            "imported-elsewhere",
            "(backend.packages()[name], *backend.declared(name).distributions)",
            "(backend.packages()[name],)",
            IMPORTED,
        ),
        ("impossible", "        and forks.possible()\n", "", CANNOT),
        ("one-processor", "        and len(usable_cores()) > 1\n", "", CANNOT),
        ("unrefused", "        backend.require(names, dtype=dtype)\n", "", REFUSED),
        ("beside-threads", "if not forks.alone():", "if False:", BESIDE),
        ("still-shown", "if other != name}", "}", SHOWN),
    ),
    *_edits(
        ASKED,
        "forked where nobody said that it may be",
        ("programs", "forking: bool = False", "forking: bool = True", IN_TURN),
        ("no-room", "if not room.for_comparisons(", "if False and not room.for_comparisons(", IN_TURN),
        ("steps", "may = forking and plan is None", "may = forking", STEPS),
        ("oblong", "self.shape[1:], self.seed) if pictures is None else None", "self.shape[1:], self.seed)", BITS),
    ),
    *_edits(
        "common/weights/room.py",
        "a machine that is too small",
        ("alone", "count * memory.to_compare", "memory.to_compare", ROOM),
    ),
    *_edits(
        "common/cli/compare.py",
        "a command that waits for one processor",
        ("never", "        forking=True,\n", "", BITS),
    ),
]
