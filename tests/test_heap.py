"""Memory that a gradient frees is there for the next one."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
import autograd_lite as ag

x = np.ones(1 << 18)
gradient = ag.grad(lambda x: np.sum(np.tanh(np.sin(x) * x)))
for _ in range(3):
    gradient(x)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    gradient(x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator decides for itself")
def test_a_gradient_of_large_arrays_faults_in_few_pages():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 64  # of the 512 pages of 4 KB that each of its ten arrays has
