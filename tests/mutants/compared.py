"""Mistakes in the comparison of several workers with one."""

from mutants.mutant import OF_USE, Mutant, judged, tests


def of(name: str) -> str:
    """A test of the comparison."""
    return tests("workers/compared", name)


GROUPED, TRAP = "common/compare/grouped.py", "17 workers that are not compared"
STAND = of("two_workers_of_a_framework_stand_beside_one_and_numpy")

MUTANTS = judged(
    [
        Mutant(
            "compared-not-the-same",
            TRAP,
            GROUPED,
            "if digest != answers[0][0]:",
            "if False:",
            of("workers_that_do_not_hold_the_same_are_found"),
        ),
        Mutant(
            "compared-velocities-unseen",
            TRAP,
            GROUPED,
            "    loss, right, *groups = held\n",
            "    loss, right, *groups = held[:3]\n",
            of("the_digest_is_of_every_bit"),
        ),
        Mutant(
            "compared-processes-left",
            "17 processes that are left",
            GROUPED,
            "            self.close()\n            raise\n",
            "            raise\n",
            of("a_worker_that_raises_says_what"),
        ),
        Mutant(
            "compared-without-steps",
            "4 a defect where a line is due",
            GROUPED,
            "    if steps is None:\n",
            "    if False:\n",
            of("workers_that_cannot_be_are_refused"),
        ),
        Mutant(
            "compared-on-gpus",
            "4 a defect where a line is due",
            GROUPED,
            "    if devices.asked() not in (None, CPU):\n",
            "    if False:\n",
            of("workers_are_of_processors"),
        ),
        Mutant(
            "compared-one-alone",
            TRAP,
            GROUPED,
            "if not 2 <= workers",
            "if not 1 <= workers",
            of("workers_that_cannot_be_are_refused"),
        ),
        Mutant(
            "compared-rank-0-alone",
            TRAP,
            GROUPED,
            "trainer = package.Trainer(net, recipe, group=group)",
            "trainer = package.Trainer(net, recipe)",
            STAND,
        ),
        Mutant(
            "compared-nobody",
            TRAP,
            "common/compare/steps.py",
            "for name in standing} if workers else {}",
            "for name in standing} if False else {}",
            STAND,
        ),
        Mutant(
            "compared-left-open",
            "17 processes that are left",
            "common/compare/side_by_side.py",
            "            runner.close()\n",
            "            pass\n",
            STAND,
        ),
    ],
    {"": OF_USE},
)
