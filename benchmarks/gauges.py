"""What processes cost: user and system seconds of whole process trees, from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return None


def tree(roots: Iterable[int]) -> set[int]:
    """The processes `roots` and all that descend from them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system seconds of the trees so far, with those of children that have ended."""
    return sum(
        sum(int(fields[place]) for place in (11, 12, 13, 14)) / TICKS
        for pid in tree(roots)
        if (fields := _stat(pid))
    )


def memory_bytes(roots: Iterable[int]) -> int:
    """Memory of the trees, what processes share counted once (PSS)."""
    total = 0
    for pid in tree(roots):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def machine_seconds() -> tuple[float, float]:
    """(busy, stolen by the host) seconds of all cores so far."""
    first = Path("/proc/stat").read_text().split("\n", 1)[0]
    user, nice, system, _idle, _wait, irq, softirq, stolen, *_ = (int(word) for word in first.split()[1:])
    return (user + nice + system + irq + softirq) / TICKS, stolen / TICKS


def open_files_to_most() -> None:
    """Allow this process, and those that it starts, as many sockets as the system lets us."""
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
