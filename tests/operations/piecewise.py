"""Rows of functions put together from pieces, and of evenly spaced numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from operations.row import Op, S

MASK = np.array([True, False, True])
INDEX = np.array([0, 0, 2])
GRID = np.array([-1.5, -0.5, 0.1, 0.7, 1.9])
POINTS = np.array([-2.5, -1.1, 0.0, 0.5, 1.0, 2.5])


def _interp(**fills: Any) -> Any:
    return lambda x, xp, fp: np.interp(x, xp, fp, **fills)


CHOSEN = [
    Op("select", lambda x, y: np.select([x > 0.5, y > 0], [x, x * y], y), [S((5,), (5,)), S((2, 3), (3,)), S((), ())],
       kinks=(0, 0.5)),
    Op("select by masks", lambda x, y: np.select([MASK, ~MASK], [x, 2.5]) * y, [S((3,), (3,)), S((2, 3), ())]),
    Op("piecewise", lambda x: np.piecewise(x, [MASK], [lambda x: x * x, lambda x: -x]), [S((3,))]),
    Op("piecewise with numbers", lambda x: np.piecewise(x * x, [MASK, INDEX == 2], [lambda x: 3 * x, -1.0]), [S((3,))]),
    Op("piecewise of a scalar", lambda x: np.piecewise(x, [True], [lambda x, n: x**n], n=3), [S(())]),
]  # fmt: skip

INTERPOLATED = [
    Op("interp in fp", lambda fp: np.interp(POINTS, GRID, fp), [S((5,))], dtypes=(np.float64,)),
    Op("interp", _interp(), [S((6,), GRID.tolist(), (5,)), S((2, 3), GRID.tolist(), (5,)), S((), GRID.tolist(), (5,)),
                             S((3,), [0.5], (1,))],
       kinks=tuple(GRID), dtypes=(np.float64,)),
    Op("interp, filled", _interp(left=-1.0, right=2.5), [S((6,), GRID.tolist(), (5,))],
       kinks=tuple(GRID), dtypes=(np.float64,)),
    Op("interp, filled with what varies", lambda x, a: np.interp(x + 0 * a, GRID, GRID**2, a, 2 * a), [S((6,), ())],
       kinks=tuple(GRID), dtypes=(np.float64,)),
    Op("interp around a circle", _interp(period=1.0), [S((6,), [0.2, 1.5, 0.9, -0.3], (4,))],
       kinks=(0.2, 0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 1.7, 0.0, 1.9), domain=((0.0, 2.0),) * 3, dtypes=(np.float64,)),
]  # fmt: skip

JUMPING = [
    Op("unwrap", lambda p: np.unwrap(p), [S((6,)), S((2, 5))], (0.0, 20.0)),
    Op("unwrap along an axis", lambda p: np.unwrap(p, 1.5, 0, period=2.5), [S((4, 2))], (0.0, 10.0)),
]

POLYNOMIALS = [
    Op("polyval", np.polyval, [S((3,), ()), S((4,), (2, 3)), S((1,), (2,)), S((3, 2), (2,))]),
    Op("polyval of numbers", lambda x: np.polyval([2.0, -1.0, 3.0], x), [S(()), S((2,))], dtypes=(np.float64,)),
    Op("polyval at numbers", lambda p: np.polyval(p, [0.5, 2.0]), [S((3,))], dtypes=(np.float64,)),
    Op("polyder", np.polyder, [S((4,)), S((4,), m=2), S((2,), m=3), S((3,), m=0)], errors=[S((3,), m=-1)],
       dtypes=(np.float64,)),
    Op("polyint", np.polyint, [S((3,)), S((3,), m=2, k=[1.0, 2.0]), S((2,), m=2, k=0.5), S((3,), m=0)],
       errors=[S((3,), m=-1), S((3,), m=3, k=[1.0, 2.0])], dtypes=(np.float64,)),
    Op("polyadd", np.polyadd, [S((3,), (2,)), S((2,), (3,)), S((2,), (2,)), S((), (3,))]),
    Op("polysub", np.polysub, [S((3,), (2,)), S((2,), (3,)), S((2,), (2,)), S((), (3,))]),
]  # fmt: skip

SPACED = [
    Op("linspace", lambda x, y: np.linspace(x, y, 4), [S((), ()), S((2,), ()), S((2, 1), (3,))]),
    Op("linspace of one end", lambda x: np.linspace(0.5, x, 3), [S(()), S((2,))]),
    Op("linspace of the other", lambda x: np.linspace(x, 1, num=3, endpoint=False, axis=-1), [S(()), S((2,))]),
    Op("linspace and its step", lambda x, y: list(np.linspace(x, y, 5, retstep=True)), [S((), ()), S((2,), (2,))]),
    Op("linspace of one point", lambda x, y: np.linspace(x, y, 1), [S((), ())]),
    Op("logspace", lambda x, y: np.logspace(x, y, 3), [S((), ()), S((2,), (2,))], tol=1e-6),
    Op("logspace to a base", lambda x, base: np.logspace(x, 2.0, 3, base=base), [S((), ()), S((2,), ())],
       (0.5, 2.0), tol=1e-6),
    Op("logspace to bases", lambda x, base: np.logspace(x, 2.0, 3, base=base, axis=-1), [S((2,), (2,)), S((), (3,))],
       (0.5, 2.0), dtypes=(np.float64,), tol=1e-6),
    Op("geomspace", lambda x, y: np.geomspace(x, y, 4), [S((), ()), S((2,), ()), S((2, 1), (3,))], (0.5, 2.5),
       dtypes=(np.float64,)),
    Op("geomspace below 0", lambda x, y: np.geomspace(x, y, 3, endpoint=False, axis=-1), [S((2,), (2,))],
       (-2.5, -0.5), dtypes=(np.float64,)),
]  # fmt: skip

ROWS = [*CHOSEN, *INTERPOLATED, *JUMPING, *POLYNOMIALS, *SPACED]
