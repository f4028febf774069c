"""Full passes of the garbage collector are put off while a transform runs, and only then."""

import gc

import numpy as np
import pytest

import autograd_lite as ag

X = np.array([1.0, 2.0])

TRANSFORMS = {
    "grad": lambda f: ag.grad(lambda x: np.sum(f(x)))(X),
    "vjp": lambda f: ag.vjp(f, X),
    "jvp": lambda f: ag.jvp(f, (X,), (X,)),
    "jacobian": lambda f: ag.jacobian(f)(X),
    "hessian": lambda f: ag.hessian(lambda x: np.sum(f(x)))(X),
}


@pytest.fixture(autouse=True)
def _thresholds():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_full_passes_are_rare_inside_and_as_before_outside(transform):
    seen = []

    def f(x):
        seen.append(gc.get_threshold())
        return x * x

    gc.set_threshold(500, 7, 9)
    transform(f)
    assert seen
    assert all(threshold[:2] == (500, 7) and threshold[2] >= 1000 for threshold in seen)
    assert gc.get_threshold() == (500, 7, 9)


def test_thresholds_come_back_after_an_error():
    def f(x):
        raise KeyError("here")

    before = gc.get_threshold()
    with pytest.raises(KeyError, match="here"):
        ag.grad(f)(1.0)
    assert gc.get_threshold() == before


def test_thresholds_that_the_function_sets_stay():
    def f(x):
        gc.set_threshold(600, 8, 11)
        return x * x

    ag.grad(f)(1.0)
    assert gc.get_threshold() == (600, 8, 11)


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    try:
        ag.grad(lambda x: x * x)(1.0)
        assert not gc.isenabled()
    finally:
        gc.enable()
