"""The heap: glibc is brought to keep the memory that a sweep frees for the next one."""

from __future__ import annotations

import numpy as np


def keep_freed_memory() -> None:
    """Make glibc keep up to 64 MB of freed memory, as it does anyhow in a program that once freed a large array.

    NumPy gets the memory of each result from malloc. What is free at the top of its heap glibc hands back to the
    system, if it is more than twice the mmap threshold, 128 KB at first (mallopt(3)). A sweep that frees its graph
    hands all of it back, and the next one faults every page in again, at 1 to 2 µs for 4 KB in a virtual machine:
    6.8 ms beside 3.5 ms of work for the gradient of a Gaussian mixture with arrays of 2 MB.

    The threshold adapts by itself: it rises to the size of the largest block, of up to 32 MB, that was ever freed. So
    one is taken here and freed untouched. Other allocators, and a glibc that was told its thresholds, take no notice.
    """
    np.empty((32 << 20) - 8192, np.uint8)
