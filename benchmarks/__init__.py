"""Benchmarks: `python -m benchmarks` lists the suites and runs them.

Everything is timed on one thread. The libraries read these variables when they are first imported, so they are set
here, before anything else of this package is.
"""

import os

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

for _variable in THREAD_VARIABLES:
    os.environ[_variable] = "1"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
