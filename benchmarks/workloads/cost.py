"""What a gradient costs beside the value: value and gradient, over the value of the same function.

Theory bounds the arithmetic by 4 to 5 times that of the value (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd
ed., SIAM 2008, section 3.3). The value is taken in three ways: of Tensors, of Tensors that record, as the sweep needs
it, and of plain arrays; the ratio to the last holds the whole overhead of this package.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.adbench import bundle_adjustment, gmm, lstm
from benchmarks.workload import Case, Workload
from benchmarks.workloads import chain, classification, convolution, hessian, logistic, recurrent, regression
from benchmarks.workloads.training import parameters

TENSORS, RECORDED, ARRAYS = "value on Tensors", "value, recorded", "value on arrays"

#: Of value and gradient over the value on Tensors: of each workload, and the median of all.
EACH, MEDIAN = 4.0, 3.0

Problem = tuple[Callable[..., Any], Sequence[Any]]  # a function and its arguments


def chained(size: int | None, links: int) -> Problem:
    def f(x: Any) -> Any:
        y = x
        for _ in range(links):
            y = np.tanh(np.exp(0.1 * (np.sin(y) * x)))
        return y if size is None else y.sum()

    return f, [chain.start(size)]


def tanh_network(sizes: list[int], batch: int) -> Problem:
    x, target = regression.data(sizes, batch)

    def f(*arrays: Any) -> Any:
        h: Any = x
        for w, b in zip(arrays[:-2:2], arrays[1:-2:2], strict=True):
            h = np.tanh(h @ w + b)
        error = h @ arrays[-2] + arrays[-1] - target
        return (error * error).mean()

    return f, parameters(sizes)


def relu_network(sizes: list[int], batch: int) -> Problem:
    from autograd_lite import nn

    x, labels = classification.data(sizes, batch)

    def f(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        return nn.cross_entropy(np.maximum(x @ w1 + b1, 0.0) @ w2 + b2, labels)

    return f, parameters(sizes)


def convolutional(side: int) -> Problem:
    from autograd_lite import nn

    weights, x, labels = convolution.arrays(side)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, convolution.CLASSES),
    )  # fmt: skip
    names = [name for name, _ in model.named_parameters()]

    def f(*arrays: Any) -> Any:
        logits = nn.functional_call(model, dict(zip(names, arrays, strict=True)), x)
        return nn.cross_entropy(logits, labels)

    return f, weights


def recurrent_layer(kind: str) -> Problem:
    from autograd_lite import nn

    weights, x, cotangent = recurrent.arrays(kind, np.float64)
    layer = getattr(nn, kind)(recurrent.SIZE, recurrent.SIZE)
    names = [name for name, _ in layer.named_parameters()]

    def f(*arrays: Any) -> Any:
        return np.sum(nn.functional_call(layer, dict(zip(names, arrays, strict=True)), x)[0] * cotangent)

    return f, weights


def logistic_loss(rows: int, columns: int) -> Problem:
    x, labels, w = logistic.data(rows, columns)
    return partial(logistic.loss, np, x, labels), [w]


def mixture_likelihood(style: str) -> Problem:
    *arrays, x = gmm.data(10, 25, 1000)
    return lambda *arrays: gmm.OURS[style](*arrays, x), arrays


def reprojection() -> Problem:
    cameras, points, weights, measured, seen_by, seen = bundle_adjustment.data(10, 300, 3000)

    def f(cameras: Any, points: Any) -> Any:
        errors = bundle_adjustment.ours_vectorised(cameras[seen_by], points[seen], weights, measured)
        return (errors**2).sum()

    return f, [cameras, points]


def characters() -> Problem:
    main, extra, state, text = lstm.data(2, 100)
    return lambda main, extra: lstm.ours_sliced(main, extra, state, text), [main, extra]


def rosenbrock(n: int) -> Problem:
    return hessian.rosenbrock, [hessian.start(n)]


PROBLEMS: dict[str, tuple[str, Callable[[], Problem]]] = {
    "chain-scalar": ("chain of 500 operations on a scalar", partial(chained, None, 100)),
    "chain-10": ("chain of 500 operations on a vector of 10", partial(chained, 10, 100)),
    "chain-1000": ("chain of 100 operations on a vector of 1,000", partial(chained, 1_000, 20)),
    "chain-1000000": ("chain of 10 operations on a vector of 1,000,000", partial(chained, 1_000_000, 2)),
    "network-2": ("2-16-16-1 tanh network, batch 100", partial(tanh_network, [2, 16, 16, 1], 100)),
    "network-64": ("64-128-10 ReLU network, batch 64", partial(relu_network, [64, 128, 10], 64)),
    "network-784": ("784-256-10 ReLU network, batch 64", partial(relu_network, [784, 256, 10], 64)),
    "cnn": ("digits CNN, 64 images of 8 × 8", partial(convolutional, 8)),
    "rnn": ("RNN, 50 steps", partial(recurrent_layer, "RNN")),
    "lstm": ("LSTM, 50 steps", partial(recurrent_layer, "LSTM")),
    "adbench-lstm": ("ADBench's LSTM, 2 layers, 100 characters", characters),
    "logistic": ("logistic regression 100,000 × 50", partial(logistic_loss, 100_000, 50)),
    "mixture": ("Gaussian mixture, vectorised", partial(mixture_likelihood, "vectorised")),
    "mixture-components": ("Gaussian mixture, by component", partial(mixture_likelihood, "by component")),
    "adjustment": ("bundle adjustment, 3,000 observations", reprojection),
    "rosenbrock-100": ("Rosenbrock function of 100 variables", partial(rosenbrock, 100)),
    "rosenbrock-100000": ("Rosenbrock function of 100,000 variables", partial(rosenbrock, 100_000)),
}


def both(problem: Callable[[], Problem]) -> Case:
    """Return the case of value and gradient."""
    import autograd_lite as ag

    f, arguments = problem()
    transformed = ag.value_and_grad(f, argnums=0 if len(arguments) == 1 else tuple(range(len(arguments))))
    run = partial(transformed, *arguments)
    return Case(run, lambda: [run()[0]])


def value(problem: Callable[[], Problem], wrap: Callable[[Any], Any]) -> Case:
    """Return the case of the value of arguments that are first wrapped."""
    f, arguments = problem()
    run = partial(f, *map(wrap, arguments))
    return Case(run, lambda: [getattr(out, "data", out) for out in [run()]])


def on_tensors(problem: Callable[[], Problem], requires_grad: bool) -> Case:
    """Return the case of the value of Tensors."""
    import autograd_lite as ag

    return value(problem, lambda array: ag.Tensor(array, requires_grad=requires_grad))


def workload(name: str, title: str, problem: Callable[[], Problem]) -> Workload:
    """Return the workload of one function."""
    cases = {
        peers.OURS: partial(both, problem),
        TENSORS: partial(on_tensors, problem, requires_grad=False),
        RECORDED: partial(on_tensors, problem, requires_grad=True),
        ARRAYS: partial(value, problem, lambda array: array),
    }
    return Workload(f"cost-{name}", title, cases, limits={TENSORS: EACH})


def summary(times: Mapping[str, Any]) -> dict[str, tuple[float, float | None]]:
    """Return the median and the largest of the ratios."""
    found: dict[str, tuple[float, float | None]] = {}
    for kind in (TENSORS, RECORDED, ARRAYS):
        ratios = [row[kind]["ratio"] for row in times.values() if kind in row]
        if ratios:
            found[f"over {kind}, median of {len(ratios)}"] = (
                statistics.median(ratios),
                MEDIAN if kind == TENSORS else None,
            )
            found[f"over {kind}, largest"] = max(ratios), EACH if kind == TENSORS else None
    return found


WORKLOADS = [workload(name, *parts) for name, parts in PROBLEMS.items()]
