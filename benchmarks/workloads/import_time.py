"""What `import autograd_lite` costs over `import numpy`."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.workload import Figure

_PROGRAM = """
import sys, time
import numpy
started = time.process_time()
import autograd_lite
print(time.process_time() - started)
print(sum(name in sys.modules for name in ("scipy", "matplotlib", "wasmtime", "sklearn", "optree", "graphviz")))
"""


def measure(quick: bool) -> dict[str, float]:
    """Return the median milliseconds of several fresh processes, and how many heavy packages were loaded."""
    outputs = [
        subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True, text=True).stdout.split()
        for _ in range(3 if quick else 9)
    ]
    milliseconds = [1000 * float(seconds) for seconds, _ in outputs]
    return {"milliseconds": statistics.median(milliseconds), "heavy packages": max(int(n) for _, n in outputs)}


FIGURE = Figure(
    "import",
    "import autograd_lite after import numpy",
    measure,
    "",
    {"milliseconds": 60, "heavy packages": 0},
)
