"""ADBench's four objectives, their derivatives and their times beside PyTorch's: `python -m benchmarks.adbench`.

F. Srajer, Z. Kukelova, A. Fitzgibbon, *A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning*, Optimization Methods and Software 33 (2018). The objectives are those of the
paper, the data random and of its sizes. Each objective is written in two styles, and each style for us and for PyTorch
alike, in eager mode and float64, as their users would write it.
"""

from benchmarks.adbench import bundle_adjustment, gmm, hand_tracking, lstm

#: Timed side by side, in the order of the table.
WORKLOADS = [*gmm.WORKLOADS, *bundle_adjustment.WORKLOADS, *hand_tracking.WORKLOADS, *lstm.WORKLOADS]
