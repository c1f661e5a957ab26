"""Mistakes in what workers that a launcher has started tell each other before and while they train."""

from mutants.mutant import OF_USE, Mutant, judged, tests


def of(name: str) -> str:
    """A test of workers that share nothing but a group."""
    return tests("runs/together", name)


STANDS = of("where_a_run_stands_is_told_too")
DATA = of("other_data_than_those_of_rank_0_are_refused")
BOTH = of("what_both_cannot_rank_0_tells")
LEFT = of("another_rank_that_cannot_ends_all_and_nothing_is_left")
SIGNAL = of("a_signal_to_one_stops_all_and_is_the_same_in_all")
LISTENS = of("torchrun_listens_at_the_port_itself")
AGAIN = of("a_run_that_is_asked_for_again_goes_on_if_its_settings_are_the_same")
KILLED = of("what_a_killed_process_left_of_making_a_folder_is_in_nobodys_way")
STARTED = of("whether_the_launcher_starts_again")
TOGETHER, FOLDER, TOLD = "common/runs/together.py", "common/runs/folder.py", "common/data/fingerprint.py"
ENDED = tests("workers/meeting", "a_worker_that_ends_while_it_prepares_is_missed_at_once")
WAIT = tests("workers/meeting", "the_others_wait_for_what_rank_0_prepares")
SAME = "17 workers that train different things"
GONE, STOPPED = "17 workers that hang", "17 workers that stop at different steps"

MUTANTS = judged(
    [
        Mutant(
            "together-no-velocities",
            SAME,
            "common/runs/starting.py",
            'tell_arrays(group, velocities or {}) if told["moves"] else None',
            "velocities",
            STANDS,
        ),
        Mutant(
            "together-weights-of-its-own",
            SAME,
            "common/runs/starting.py",
            "weights = tell_arrays(group, weights)",
            "weights = tell_arrays(group, weights) and {k: a * (group.rank == 0) for k, a in weights.items()}",
            STANDS,
        ),
        Mutant(
            "together-other-data",
            SAME,
            TOGETHER,
            '            _require_alike(_alike(place, run, dataset), one["alike"])\n',
            "",
            DATA,
        ),
        Mutant("together-labels-unseen", SAME, TOLD, 'np.ascontiguousarray(split.labels, "<i8").data', 'b""', DATA),
        Mutant("together-pixels-unseen", SAME, TOLD, "yield np.ascontiguousarray(source[", "yield len(source[", DATA),
        Mutant(
            "together-folder-stays",
            "2 half of a run",
            TOGETHER,
            "                discard(run)\n",
            "                pass\n",
            LEFT,
        ),
        Mutant("together-port-of-torchrun", GONE, TOGETHER, "place.port + place.listening", "place.port", LISTENS),
        Mutant(
            "together-own-signal", STOPPED, TOGETHER, "= _signal_of_any(group, stop.number)", "= stop.number", SIGNAL
        ),
        Mutant(
            "together-told-twice",
            "4 a line for each worker",
            "common/workers/meeting.py",
            "if own is not None and (rank == 0 or 0 not in refused):",
            "if own is not None:",
            BOTH,
        ),
        Mutant(
            "together-ended-unseen",
            GONE,
            "common/workers/meeting.py",
            'word = {"refused": "it ended, or cannot be reached any more"}',
            'word = {"said": ""}',
            ENDED,
        ),
        Mutant(
            "together-no-time-to-prepare",
            GONE,
            "common/workers/meeting.py",
            "speaking = TELLING if own else self.limits.preparing + coming",
            "speaking = coming",
            WAIT,
        ),
        Mutant(
            "together-another-run-goes-on",
            SAME,
            FOLDER,
            "and open_run(run.folder).settings == run.settings",
            "",
            AGAIN,
        ),
        Mutant("together-never-again", "17 a run that is lost", FOLDER, "if not (again and _is_begun(run))", "", AGAIN),
        Mutant(
            "together-in-the-way", "17 a run that is lost", FOLDER, "not (again and _is_left(path))", "path", KILLED
        ),
        Mutant(
            "together-again-by-slurm",
            "17 a run that is lost",
            "common/workers/environment.py",
            "REQUEUED if _of_srun(environ) and RESTARTS not in environ else RESTARTS",
            "RESTARTS",
            STARTED,
        ),
    ],
    {"": OF_USE},
)
