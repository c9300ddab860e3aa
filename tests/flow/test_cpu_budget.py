"""How many workers a machine can run: tried on machines made up of a few files."""

import os

import pytest

from vstk.pipeline.cpu_budget import MEMORY_PER_WORKER, default_workers


def machine(root, *, group="0::/", limits=(), free=None):
    for path, text in [("proc/self/cgroup", f"{group}\n"), *limits]:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    if free is not None:
        (root / "proc/meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {free // 1024} kB\n")
    return root


@pytest.fixture(autouse=True)
def _sixteen(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.mark.parametrize(
    ("group", "limits", "count"),
    [
        ("0::/", [], 16),
        ("0::/", [("sys/fs/cgroup/cpu.max", "max 100000")], 16),
        ("0::/", [("sys/fs/cgroup/cpu.max", "400000 100000")], 4),
        ("0::/", [("sys/fs/cgroup/cpu.max", "150000 100000")], 2),
        ("0::/", [("sys/fs/cgroup/cpu.max", "20000 100000")], 1),
        ("0::/a/b", [("sys/fs/cgroup/a/cpu.max", "300000 100000")], 3),
        ("0::/of/the/host", [("sys/fs/cgroup/cpu.max", "200000 100000")], 2),
        (
            "4:cpu,cpuacct:/box",
            [
                ("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "500000"),
                ("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000"),
            ],
            5,
        ),
        (
            "4:cpu,cpuacct:/box",
            [
                ("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1"),
                ("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000"),
            ],
            16,
        ),
        ("0::/", [("sys/fs/cgroup/cpu.max", "nonsense")], 16),
    ],
)
def test_a_quota_bounds_the_workers(tmp_path, group, limits, count):
    assert default_workers(machine(tmp_path, group=group, limits=limits)) == count


def test_memory_bounds_the_workers(tmp_path):
    assert default_workers(machine(tmp_path, free=3 * MEMORY_PER_WORKER + 2**20)) == 3


def test_there_is_always_one(tmp_path):
    assert default_workers(machine(tmp_path, free=1024)) == 1


def test_a_machine_that_says_nothing_has_its_processors(tmp_path):
    assert default_workers(tmp_path) == 16


def test_this_machine_can_be_asked():
    assert default_workers() >= 1
