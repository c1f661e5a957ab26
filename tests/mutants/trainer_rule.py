"""The one rule of training in NumPy, and the schedules of the learning rate; in the frameworks it is in training.py."""

from mutants.mutant import Mutant, tests

REFERENCE = ("tests/compare/test_trainer.py",)
PLATEAU = tests("contract/schedules", "a_plateau_is_that_of_pytorch")
COSINE = tests("contract/schedules", "cosine_goes_up_in_a_line_and_down_along_half_a_cosine")
NUMPY, SCHEDULES = "common/compare/trainer.py", "common/contract/schedules.py"

MUTANTS = [
    # The reference
    Mutant("numpy-decay", "3 everything decays", NUMPY, "if gradient.ndim > 1 else", "if True else", REFERENCE),
    Mutant("numpy-variance", "3 unbiased", NUMPY, "Moving(unbiased=False)", "Moving(unbiased=True)", REFERENCE),
    Mutant(
        "numpy-nesterov",
        "3 no looking ahead",
        NUMPY,
        "if self.recipe.nesterov else v",
        "if False else v",
        REFERENCE,
    ),
    Mutant("numpy-clip", "3 clips always", NUMPY, " and length > self.recipe.clip", "", REFERENCE),
    Mutant(
        "numpy-cancelled",
        "3 round-off measured against more and more",
        NUMPY,
        "first * before.get(name, 0.0) + lr",
        "before.get(name, 0.0) + 10 * lr",
        REFERENCE,
    ),
    Mutant(
        "numpy-smoothing",
        "3 smoothing over the other classes",
        "common/compare/ops.py",
        "q = smoothing / classes",
        "q = smoothing / (classes - 1)",
        REFERENCE,
    ),
    # Schedules
    Mutant(
        "plateau-patience",
        "3 one epoch too soon",
        SCHEDULES,
        "bad > self.patience",
        "bad >= self.patience",
        PLATEAU,
    ),
    Mutant("plateau-threshold", "3 any fall counts", SCHEDULES, "lowest * (1 - self.threshold)", "lowest", PLATEAU),
    Mutant("cosine-zero", "3 a first rate of 0", SCHEDULES, "(at.step + 1) / (warm + 1)", "at.step / warm", COSINE),
]
