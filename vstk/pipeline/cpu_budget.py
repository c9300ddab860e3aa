"""How many worker processes this machine can run at once.

The limits are those that last: the CPUs this process may use, the share of them that a
container's quota allows, and the free memory. The current load is not considered: an audit
runs for hours, and workers of one thread each lose nothing by sharing a CPU.

Quotas are read here and not with `loky.cpu_count`, because loky reads the limit of the root
control group only, which misses limits of nested groups (those of systemd units, for
example), and does not consider memory.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

MEMORY_PER_WORKER = 1400 * 2**20
"""Bytes that a worker needs for itself: 0.8 GiB of repacked weights, the cache, and the
spaCy pipeline. The file of the weights is mapped once for all workers."""

ROOT = Path("/")


def default_workers(root: Path = ROOT) -> int:
    """Workers of one thread each that CPUs, quota and free memory allow; at least 1.

    Args:
        root: the folder that holds `proc` and `sys`.
    """
    return max(1, math.floor(min(_usable_cpus(), _cpu_quota(root), _workers_in_memory(root))))


def _usable_cpus() -> int:
    """CPUs that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_quota(root: Path) -> float:
    """CPUs that the control groups of this process allow; infinite without a quota.

    Rounded up where more than a third of a CPU is left over, otherwise down; at least 1.
    """
    quota = min((_quota_of_group(folder) for folder in _control_groups(root)), default=math.inf)
    return quota if math.isinf(quota) else max(1, math.ceil(quota - 1 / 3))


def _control_groups(root: Path) -> list[Path]:
    """Folders of this process's control groups and of those above, of versions 2 and 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup" / ("cpu" if controllers else "")
        group = base / path.lstrip("/")
        # In a container the path may be that of the host, and the limit is in `base` itself.
        found += [group, *(above for above in group.parents if above.is_relative_to(base)), base]
    return found


def _quota_of_group(folder: Path) -> float:
    """CPUs that one control group allows; infinite where it sets no limit."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return math.inf
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return math.inf  # `max`, or -1
    return int(quota) / int(period)


def _workers_in_memory(root: Path) -> float:
    """Workers for which there is free memory; infinite where the system does not say."""
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return math.inf
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024 // MEMORY_PER_WORKER
    return math.inf
