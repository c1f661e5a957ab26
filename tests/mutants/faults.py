"""Mistakes in what workers tell when others are lost, and in what the processes of a run know."""

from mutants.mutant import OF_USE, Mutant, tests

QUIET = tests("workers/told", "engines_log_nothing_unless_the_user_wants_it")
ONE_LINE = tests("workers/told", "a_lost_worker_is_one_line_without_the_engines_source")
OWN_TABLE = tests("workers/supervised", "a_worker_knows_a_table_of_the_users_own")
TEMPORARY = tests("workers/supervised", "temporary_files_that_killed_workers_leave_go_with_them")
STARTED = tests("workers/supervised", "a_worker_is_quiet_before_it_imports_a_framework")

MUTANTS = [
    Mutant(f"faults-{name}", f"17 {trap}", file, old, new, killers, backend, OF_USE)
    for name, trap, file, old, new, killers, backend in (
        ("loud", "engines log beside our line", "common/workers/quiet.py", "== usual", "!= usual", QUIET, "torch"),
        (
            "users-level",
            "the log that a user wants is off",
            "common/workers/quiet.py",
            "if os.environ.get(name, usual) == usual",
            "if True",
            QUIET,
            "torch",
        ),
        (
            "loud-worker",
            "workers do not turn the logs of engines off",
            "common/workers/local.py",
            "    quiet()\n",
            "",
            STARTED,
            "torch",
        ),
        (
            "source-torch",
            "where an error is in gloo's source",
            "googlenet_torch/group.py",
            r're.sub(r"^\[\S+:\d+\] ", "", reason)',
            "reason",
            ONE_LINE,
            "torch",
        ),
        (
            "source-tf",
            "which node of a graph raised an error",
            "googlenet_tf/group.py",
            r're.sub(r"\{\{.*?\}\} ", "", str(error))',
            "str(error)",
            ONE_LINE,
            "tf",
        ),
        (
            "where-tf",
            "where in a program an error arose, in place of why",
            "googlenet_tf/group.py",
            "if not WHERE.match(line)]",
            "]",
            ONE_LINE,
            "tf",
        ),
        (
            "temporary-left",
            "what killed workers have left stays",
            "common/workers/local.py",
            "        shutil.rmtree(temporary, ignore_errors=True)\n",
            "",
            TEMPORARY,
            "torch",
        ),
        (
            "temporary-elsewhere",
            "workers write temporary files where the user's are",
            "common/workers/local.py",
            "temporary, always=True)",
            "temporary)",
            TEMPORARY,
            "torch",
        ),
        (
            "own-table",
            "workers do not know a user's own table",
            "common/runs/workers.py",
            "            nets.add(job.network)\n",
            "            pass\n",
            OWN_TABLE,
            "torch",
        ),
    )
]
