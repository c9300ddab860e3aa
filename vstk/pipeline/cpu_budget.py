"""How many workers this machine is good for.

What lasts is measured: which processors this process may use, what share of them
a container's quota leaves, how much memory is free. How busy the machine is at the
moment is not: an audit runs for hours, and workers of one thread lose nothing by
sharing a processor, since none waits for another.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

MEMORY = 1400 * 2**20
"""Of one worker alone: 0.8 GiB of weights as they are multiplied, the cache, and the
pipeline that finds names. The weights' file is mapped once for all."""

ROOT = Path("/")


def default_workers(root: Path = ROOT) -> int:
    """Workers of one thread each that this process has processors and memory for, at least one."""
    return max(1, min(_allowed(), _quota(root), _room(root)))


def _allowed() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quota(root: Path) -> int:
    """Processors that the control groups above this process leave it, rounded up from a third."""
    shares = [_share(folder) for folder in _groups(root)]
    least = min(shares, default=math.inf)
    return _MANY if math.isinf(least) else max(1, math.ceil(least - 1 / 3))


_MANY = 1 << 16


def _groups(root: Path) -> list[Path]:
    """This process's control groups and all above them, version 2 and 1."""
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
        here = base / path.lstrip("/")
        # In a container the path may be the host's, and the limit stands at the top.
        found += [here, *(above for above in here.parents if above.is_relative_to(base)), base]
    return found


def _share(folder: Path) -> float:
    """Processors that one control group allows; infinite where it sets no limit."""
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


def _room(root: Path) -> int:
    """Workers that fit into the memory that is free."""
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return _MANY
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024 // MEMORY
    return _MANY
