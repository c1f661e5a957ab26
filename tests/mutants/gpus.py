"""Mistakes of several workers on GPUs: which each takes, what carries their sums, and in what order."""

from mutants.mutant import OF_USE, Mutant, judged, tests


def of(name: str) -> str:
    """A test of workers on GPUs."""
    return tests("workers/gpus", name)


DEVICES, BACKEND, NCCL = "common/contract/devices.py", "common/contract/backend.py", "googlenet_torch/nccl.py"
ENVIRONMENT, WORKERS, TOGETHER = "common/workers/environment.py", "common/runs/workers.py", "common/runs/together.py"
LOCAL, TAKES = of("the_launcher_tells_the_local_rank"), of("a_worker_takes_the_gpu_of_its_local_rank")
FEW, STEPS = of("more_workers_than_gpus_are_one_line"), of("workers_on_gpus_make_the_steps_of_one")
ORDER = of("tensors_of_gpus_are_added_up_in_the_order_of_ranks")
OWN = tests("workers/supervised", "a_worker_on_gpus_joins_and_trains_on_its_own")
ONE, LINE, HANG = "17 two workers on one GPU", "4 a defect where a line is due", "17 workers that hang"
SUMS, GLOO = "17 sums in any order", "17 GPUs that wait for the processor"

EDITS = [
    ("by-rank", ONE, DEVICES, "== 1 else place.local", "== 1 else place.rank", TAKES),
    ("not-the-only-one", LINE, DEVICES, "number = 0 if", "number = place.local if", TAKES),
    ("too-few", LINE, DEVICES, "    require_gpus(number + 1, package)\n", "", FEW),
    ("shared", ONE, DEVICES, 'if asked() not in (None, CPU, "cuda"):', "if False:", of("workers_share_no_device")),
    ("no-local-rank", ONE, ENVIRONMENT, 'if names["LOCAL_RANK"] in environ', "if False", LOCAL),
    ("no-slurm", ONE, ENVIRONMENT, '"SLURM_LOCALID"}', '"LOCAL_RANK"}', LOCAL),
    (
        "all-the-first",
        ONE,
        "common/workers/local.py",
        "local=rank",
        "local=0",
        tests("workers/supervised", "workers_of_one_machine_have_local_ranks"),
    ),
    (
        "any-framework",
        LINE,
        BACKEND,
        '(gpus, "workers_on_gpus"',
        '(False, "workers_on_gpus"',
        of("a_framework_without_workers_on_gpus_says_which_has_them"),
    ),
    (
        "folder-left",
        "2 half of a run",
        "common/runs/preparing.py",
        "                processes.check(workers, name)\n",
        "                pass\n",
        of("a_run_on_gpus_that_are_not_there_is_refused_before_its_folder_is_made"),
    ),
    ("untold", ONE, WORKERS, ", devices.asked())", ")", OWN),
    ("not-its-own", ONE, WORKERS, "with devices.using(device), closing(", "with closing(", OWN),
    (
        "not-its-own-launched",
        ONE,
        TOGETHER,
        "with devices.using(devices.of_worker(place, package)), closing(",
        "with closing(",
        tests("runs/together", "a_worker_on_gpus_joins_and_trains_on_its_own"),
    ),
    (
        "mixed",
        HANG,
        TOGETHER,
        '        "its device": (devices.of_worker(place, package) or CPU).partition(":")[0],\n',
        "",
        tests("runs/together", "all_compute_on_the_same_kind_of_device"),
    ),
    ("backwards", SUMS, NCCL, "for other in others:", "for other in reversed(others):", ORDER),
    ("one-share", SUMS, NCCL, "        total += other\n", "        pass\n", ORDER),
    ("in-place", SUMS, NCCL, "pieces = x.new_zeros(size, -(-x.numel() // size))", "pieces = x", ORDER),
    ("twice", ONE, NCCL, ", 1) > 1", ", 1) > 2", of("two_workers_on_one_gpu_are_told_so")),
    ("waits-on", HANG, NCCL, "monotonic() + self.limit", "monotonic() + 9", of("an_exchange_of_gpus_has_a_time_limit")),
    ("all-by-gloo", GLOO, "googlenet_torch/group.py", "if isinstance(group, Gloo) and carries(x):", "if False:", STEPS),
    (
        "gradients-by-gloo",
        GLOO,
        "googlenet_torch/train.py",
        "total(self.group, flat)",
        "torch.from_numpy(self.group.sum(flat.numpy()))",
        STEPS,
    ),
    (
        "warned",
        "3 a warning in every run",
        "googlenet_torch/train.py",
        "fork_rng(range(torch.cuda.device_count()))",
        "fork_rng()",
        of("a_machine_of_several_gpus_is_no_warning"),
    ),
]
MUTANTS = judged([Mutant(f"gpus-{name}", *edit) for name, *edit in EDITS], {"": OF_USE})
