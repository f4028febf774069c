"""What Chainer and MyGrad test of their functions holds here; and the checks of HIPS autograd's shim can fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from peers import chainer, mygrad
from peers.hips_checks import Space, check_grads
from peers.hips_operators import Primitive, convolve, defvjp, flatten

EXAMPLES = 5


@pytest.mark.parametrize("row", [*chainer.MATH, *chainer.ARRAY, *chainer.ACTIVATION], ids=lambda row: row.name)
def test_as_chainer_does(row: Any) -> None:
    for _, body in row.tests():
        body()


@pytest.mark.parametrize("row", mygrad.ROWS, ids=lambda row: row.name)
def test_as_mygrad_does(row: mygrad.Drawn) -> None:
    for name in ("forward", "backward")[: 1 + row.order]:
        mygrad.body(row, name, EXAMPLES)()


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_the_shim_tells_right_rules_from_wrong_ones(factor: float) -> None:
    cube = Primitive(lambda x: x**3)
    defvjp(cube, lambda out, x: lambda g: factor * g * 3 * x**2)
    if factor == 1.0:
        check_grads(cube)(np.array([0.5, -1.0]))
    else:
        with pytest.raises(AssertionError, match="check of"):
            check_grads(cube, modes=["rev"])(np.array([0.5, -1.0]))


def test_the_shim_follows_second_derivatives() -> None:
    square = Primitive(lambda x: x * x)
    defvjp(square, lambda out, x: lambda g: g * halved(4 * x))
    halved = Primitive(lambda x: x / 2)
    defvjp(halved, lambda out, x: lambda g: 0.6 * g)
    with pytest.raises(AssertionError, match="check of vjp_"):
        check_grads(square, modes=["rev"])(0.7)


def test_containers_are_spaces() -> None:
    value = {"a": 1.0, "b": [np.ones((2, 1)), (1.0 + 2.0j,)]}
    space = Space(value)
    assert space.size == 5
    assert Space(space.randn()) == space
    assert len(list(space.standard_basis())) == 5
    vector, unflatten = flatten({"a": 1.0, "b": [np.ones((2, 1)), (2.0,)]})
    np.testing.assert_array_equal(vector, [1.0, 1.0, 1.0, 2.0])
    assert unflatten(vector)["b"][1] == (2.0,)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_the_shim_convolves_along_pairs_of_axes(mode: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 5)), rng.normal(size=(4, 3, 2))
    found = convolve(a, b, axes=([1], [0]), dot_axes=([0], [1]), mode=mode)
    wanted = [sum(np.convolve(a[i], b[:, i, k], mode) for i in range(3)) for k in range(2)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
