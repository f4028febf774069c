"""The test suites of other libraries, run on autograd_lite: shims that give it their names.

Their tests are not part of this repository. Fetch a source distribution and point a shim at it:

    pip download --no-deps --no-binary :all: autograd && tar xzf autograd-*.tar.gz
    python -m tests.peers.hips_autograd autograd-1.9.1/tests
"""
