"""Kinds of steps: special functions, on arguments where they are tame."""

from __future__ import annotations

from typing import Any

from .drawing import declare, one, several
from .steps import axis_of, broadcasting

pair = several(2, broadcasting)


def along(rng: Any, a: Any) -> dict[str, Any]:
    return {"axis": axis_of(rng, a)}


declare(
    "special", one(),
    erf=lambda xp, a: xp.erf(a), erfc=lambda xp, a: xp.erfc(a), erfinv=lambda xp, a: xp.erfinv(0.8 * xp.tanh(a)),
    expit=lambda xp, a: xp.expit(a), logit=lambda xp, a: xp.logit(0.2 + 0.6 * xp.expit(a)),
    gammaln=lambda xp, a: xp.gammaln(1.3 + a * a), digamma=lambda xp, a: xp.digamma(1.3 + a * a),
    zeta=lambda xp, a: xp.zeta(2.0, 1.3 + a * a), ndtr=lambda xp, a: xp.ndtr(a),
    log_ndtr=lambda xp, a: xp.log_ndtr(a), entr=lambda xp, a: xp.entr(0.3 + xp.square(a)),
    i0e=lambda xp, a: xp.i0e(1 + xp.square(a)), i1e=lambda xp, a: xp.i1e(1 + xp.square(a)),
    sinc=lambda xp, a: xp.sinc(a),
)  # fmt: skip
declare(
    "special", one(1, along),
    softmax=lambda xp, a, axis: xp.softmax(a, axis=axis), log_softmax=lambda xp, a, axis: xp.log_softmax(a, axis=axis),
)  # fmt: skip
declare(
    "special", pair,
    xlogy=lambda xp, a, b: xp.xlogy(a, 0.5 + b * b), betaln=lambda xp, a, b: xp.betaln(1 + a * a, 1.2 + b * b),
    gammaincc=lambda xp, a, b: a * xp.gammaincc(xp.constant(2.5, b), 0.3 + b * b),
)  # fmt: skip
