"""Mistakes in what several workers do together: shares, sums, statistics, and what the environment says."""

from mutants.mutant import OF_USE, Mutant, tests

SHARES = tests("workers/group", "shares_are_the_batch_in_order_and_as_equal_as_can_be")
ONE = tests("workers/one_function", "two_workers_with_heads_and_statistics_are_one")
TORCH_GROUP, TORCH_TRAIN = "googlenet_torch/group.py", "googlenet_torch/train.py"


def workers(name, trap, file, old, new, killers):
    """Comparison is run with one worker; with several (`--workers`) it was not tried on these."""
    return Mutant(f"workers-{name}", f"17 {trap}", file, old, new, killers, compare=OF_USE)


MUTANTS = [
    workers(
        "shares-rest",
        "images that no worker has",
        "common/workers/shares.py",
        "start + each + (rank < more))",
        "start + each)",
        SHARES,
    ),
    workers(
        "seed",
        "all workers drop the same activations",
        "common/workers/shares.py",
        "return seed if rank == 0 else",
        "return seed if rank >= 0 else",
        tests("workers/group", "workers_draw_their_own_numbers_and_rank_0_those_of_one_alone"),
    ),
    workers(
        "mean-of-gradients",
        "a share counts as much as any other",
        TORCH_TRAIN,
        "of_share = loss if self.group.size == 1 else share * loss",
        "of_share = loss if self.group.size == 1 else loss / self.group.size",
        ONE,
    ),
    workers(
        "local-statistics",
        "batch statistics of a share",
        TORCH_TRAIN,
        "nullcontext() if self.group.size == 1 else",
        "nullcontext() if self.group.size >= 1 else",
        ONE,
    ),
    workers(
        "local-count",
        "moving variances corrected by the count of a share",
        TORCH_TRAIN,
        "(count, *x.shape[1:]), MOVING",
        "x.shape, MOVING",
        ONE,
    ),
    workers(
        "slopes-of-the-share",
        "the way back through a normalisation knows the share alone",
        TORCH_GROUP,
        "totals = _summed(ctx.group, ctx.counted, torch.cat([of_bias, of_weight])) / ctx.n",
        "totals = torch.cat([of_bias, of_weight]) / ctx.n",
        ONE,
    ),
    workers(
        "counted-in-none",
        "the black image of a worker without images counts",
        TORCH_GROUP,
        "return total(group, counted * x.detach())",
        "return total(group, x.detach())",
        ONE,
    ),
    workers(
        "no-token",
        "workers of one machine are heard by whoever knows their port",
        "common/workers/local.py",
        "_environ(TOKEN, secrets.token_hex(16))",
        '_environ(TOKEN, "")',
        tests("workers/supervised", "workers_of_one_machine_share_a_secret_that_nobody_else_has"),
    ),
]
