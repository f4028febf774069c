"""`Meter`: the mean loss and the metrics over the batches of an epoch, as far as it has come."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError
from autograd_lite.nn.training.metrics import Metric


class Meter:
    """Gathers the loss and the metrics of batches, each weighted by its number of rows.

    Parameters
    ----------
    metrics : dict of str to Metric or callable
        `Metric` objects are copied, so that two meters do not share what they gather.
    """

    def __init__(self, metrics: Mapping[str, Any]):
        self.functions = {name: metric for name, metric in metrics.items() if not isinstance(metric, Metric)}
        self.gatherers = {name: copy.deepcopy(m) for name, m in metrics.items() if isinstance(m, Metric)}
        self.names = list(metrics)
        self.reset()

    def reset(self) -> None:
        """Start an epoch."""
        self.rows = 0
        self.loss = 0.0
        self.sums = dict.fromkeys(self.functions, 0.0)
        for metric in self.gatherers.values():
            metric.reset()

    def add(self, loss: float, rows: int, prediction: Any, target: Any) -> None:
        """Take in a batch."""
        self.rows += rows
        self.loss += loss * rows
        if self.names:
            prediction, target = plain(prediction), plain(target)
            for name, function in self.functions.items():
                self.sums[name] += _number(function(prediction, target), name) * rows
            for metric in self.gatherers.values():
                metric.update(prediction, target)

    def values(self) -> dict[str, float]:
        """Return the loss and the metrics of all batches so far."""
        found: dict[str, float] = {"loss": self.loss / self.rows}
        for name in self.names:
            gatherer = self.gatherers.get(name)
            found[name] = self.sums[name] / self.rows if gatherer is None else float(gatherer.compute())
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return what was gathered."""
        gathered = {name: metric.state_dict() for name, metric in self.gatherers.items()}
        return {"rows": self.rows, "loss": self.loss, "sums": dict(self.sums), "metrics": gathered}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what was gathered.

        Raises
        ------
        StructureError
            If it was gathered for other metrics.
        """
        there, here = [*state["sums"], *state["metrics"]], [*self.functions, *self.gatherers]
        if sorted(there) != sorted(here):
            raise StructureError(
                f"the checkpoint stands in the middle of an epoch with the metrics {there}, and cannot go on with "
                f"{here}: keep the metrics until the run has ended"
            )
        self.rows, self.loss, self.sums = state["rows"], state["loss"], dict(state["sums"])
        for name, metric in self.gatherers.items():
            metric.load_state_dict(state["metrics"][name])


def _number(value: Any, name: str) -> float:
    """Return what a metric gave as a float.

    Raises
    ------
    TypeError
        If it is no number.
    """
    try:
        return float(value)
    except (TypeError, ValueError):
        what = f"an array of shape {value.shape}" if hasattr(value, "shape") else repr(value)
        raise TypeError(
            f"the metric {name!r} gave {what}: one number is needed, such as a mean over the rows"
        ) from None


def named_metrics(metrics: Any) -> dict[str, Any]:
    """Return metrics, given as a dict, a sequence or a single one, by name.

    Raises
    ------
    StructureError
        If two have one name, or one has none.
    TypeError
        If one is neither a `Metric` nor a function.
    """
    if isinstance(metrics, Mapping):
        named = [(str(name), metric) for name, metric in metrics.items()]
    else:
        listed = list(metrics) if isinstance(metrics, Iterable) and not isinstance(metrics, str) else [metrics]
        named = [(_name_of(metric), metric) for metric in listed]
    for name, metric in named:
        if isinstance(metric, type) or not (isinstance(metric, Metric) or callable(metric)):
            raise TypeError(
                f"metrics: {metric!r} is neither a Metric object nor a function of (prediction, target). Classes are "
                f"called first: metrics=[F1Score()]."
            )
        if name == "loss" or name == "lr" or name.startswith("val_"):
            raise StructureError(f"metrics: the name {name!r} is taken by the history; name it otherwise in a dict")
    if len(dict(named)) < len(named):
        raise StructureError(f"metrics: two have one name among {[name for name, _ in named]}; pass a dict of names")
    return dict(named)


def _name_of(metric: Any) -> str:
    name = getattr(metric, "__name__", None) or type(metric).__name__
    if name == "<lambda>":
        raise StructureError("metrics: a lambda has no name for the history; pass {'name': lambda p, t: ...}")
    words = "".join(f"_{c.lower()}" if c.isupper() and i and not name[i - 1].isupper() else c.lower()
                    for i, c in enumerate(name))  # fmt: skip
    return words.replace("__", "_")


def plain(value: Any) -> Any:
    """Return arrays in place of Tensors, in tuples, lists and dicts too."""
    if isinstance(value, Tensor):
        return value.data
    if type(value) is np.ndarray:
        return value
    if isinstance(value, tuple | list):
        return type(value)(plain(item) for item in value)
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value
