"""One file for each workload, with all its versions."""

from benchmarks.workloads import (
    chain,
    classification,
    hessian,
    import_time,
    jacobian,
    long_chain,
    lookups,
    memory,
    regression,
)

#: Timed side by side, in the order of the tables.
WORKLOADS = [*chain.WORKLOADS, regression.WORKLOAD, classification.WORKLOAD, jacobian.WORKLOAD, hessian.WORKLOAD]

#: Measured for their own sake.
FIGURES = [lookups.FIGURE, long_chain.FIGURE, memory.FIGURE, import_time.FIGURE]
