"""What the processor is; and how much memory is left, the least of what kernel, control groups and ``ulimit`` leave."""

import pytest

from common.base import machine
from common.base.errors import InputError

GIB = 1 << 30


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    """Write files as the kernel has them; 20 GiB are available."""
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    monkeypatch.setattr(machine, "CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(machine, "_address_space", lambda: None)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    write("proc/meminfo", f"MemTotal: {40 << 20} kB\nMemFree: 1 kB\nMemAvailable: {20 << 20} kB")
    return write


def test_what_the_kernel_says_of_the_first_processor(kernel):
    assert machine.of_cpuinfo("vendor_id") is None
    kernel("proc/cpuinfo", "processor\t: 0\nvendor_id\t: One\nmodel name\t: A: B\n\nprocessor\t: 1\nvendor_id\t: Two")
    assert [machine.of_cpuinfo(name) for name in ("vendor_id", "model name", "model")] == ["One", "A: B", None]


def test_what_the_kernel_calls_available(kernel):
    assert machine.available_memory() == 20 * GIB


@pytest.mark.parametrize(
    ("group", "limit", "left"),
    [("", 8 * GIB, 5 * GIB), ("pod", 8 * GIB, 5 * GIB), ("pod/job", 4 * GIB, 1 * GIB), ("pod", "max", 20 * GIB)],
)
def test_what_a_control_group_and_those_above_it_leave(kernel, group, limit, left):
    """3 GiB are in use, of which 1 GiB more, that of files, would be given back."""
    kernel("proc/self/cgroup", "0::/pod/job")
    kernel(f"groups/{group}/memory.max", limit)
    kernel(f"groups/{group}/memory.current", 4 * GIB)
    kernel(f"groups/{group}/memory.stat", f"anon 3\ninactive_file {GIB}")
    assert machine.available_memory() == left


def test_control_groups_of_version_1(kernel):
    kernel("proc/self/cgroup", "5:cpu:/job\n4:memory:/job")
    kernel("groups/memory/job/memory.limit_in_bytes", 6 * GIB)
    kernel("groups/memory/job/memory.usage_in_bytes", 4 * GIB)
    assert machine.available_memory() == 2 * GIB
    kernel("groups/memory/job/memory.limit_in_bytes", 9223372036854771712)  # so it says that there is none
    assert machine.available_memory() == 20 * GIB


def test_a_limit_of_the_address_space(kernel, monkeypatch):
    monkeypatch.setattr(machine, "_address_space", lambda: 3 * GIB)
    assert machine.available_memory() == 3 * GIB


def test_what_does_not_fit_is_told_with_both_numbers(kernel):
    machine.require_memory(20 * GIB, "2 images", "take fewer")
    with pytest.raises(InputError) as caught:
        machine.require_memory(30 * GIB, "2 images", "take fewer")
    assert str(caught.value) == "2 images need about 30.0 GiB of memory, and 20.0 GiB are left: take fewer"
