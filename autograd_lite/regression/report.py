"""What a fit says in words: a summary as text and as HTML, and its numbers as a dictionary for JSON."""

from __future__ import annotations

import html
import json
import math
from typing import Any

import numpy as np

from autograd_lite.regression.parameters import number


def summary(result: Any) -> str:
    """Return a fit's summary as text."""
    lines = [f"{title(result)}: {result.reason.words}", *_table(result), "", *_goodness(result)]
    loud = _correlations(result)
    if loud:
        lines += ["", "correlations beyond 0.9", *(f"  {a}, {b}: {c:+.3f}" for a, b, c in loud)]
    lines += ["", *_notes(result)]
    return "\n".join(lines).rstrip()


def title(result: Any) -> str:
    """Return what was fitted."""
    name = getattr(result.problem.model, "__name__", type(result.problem.model).__name__)
    name = "model" if name == "<lambda>" else name
    return f"{name}({', '.join(('x', *result.parameters))}) fitted to {result.n_data} data"


def _table(result: Any) -> list[str]:
    rows = [("", "value", "standard error", "t", "")]
    for name, parameter in result.parameters.items():
        value, error = number(parameter.value), parameter.standard_error
        ratio = f"{value / error:.3g}" if error > 0.0 and math.isfinite(error) else ""
        rows.append((name, f"{value:.10g}", _error(parameter, ".4g"), ratio, _note(result, parameter)))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3)), row[4]]).rstrip()
        for row in rows
    ]


def _error(parameter: Any, form: str) -> str:
    """Return a standard error as text, empty where there is none: it is fixed, or at its bound."""
    error = parameter.standard_error
    return "" if parameter.fixed or math.isnan(error) else f"{error:{form}}"


def _note(result: Any, parameter: Any) -> str:
    """Return what is to be said beside a parameter: all errors are infinite where no data are left to tell them."""
    return "" if math.isinf(result.variance) and not parameter.fixed else parameter.note


def _goodness(result: Any) -> list[str]:
    numbers = [
        ("chi-squared" if result.has_sigma else "sum of squares", result.chi_squared, ".10g"),
        ("degrees of freedom", result.dof, ".6g"),
        ("reduced chi-squared" if result.has_sigma else "variance", result.reduced_chi_squared, ".6g"),
        ("p-value", result.p_value, ".4g"),
        ("R²", result.r_squared, ".8g"),
    ]
    pairs = [(name, f"{value:{form}}") for name, value, form in numbers if not math.isnan(value)]
    pairs.append(("AIC, BIC", f"{result.aic:.6g}, {result.bic:.6g}"))
    if result.evaluations.total:
        spent = f"{result.evaluations.value} of the model, {result.evaluations.jacobian} Jacobians"
        pairs.append(("evaluations", spent))
    width = max(len(name) for name, _ in pairs)
    return [f"  {name.ljust(width)}  {value}" for name, value in pairs]


def _correlations(result: Any) -> list[tuple[str, str, float]]:
    correlation = result.correlation
    m = len(result.names)
    found = [
        (result.names[i], result.names[j], float(correlation[i, j]))
        for i in range(m)
        for j in range(i + 1, m)
        if abs(correlation[i, j]) > 0.9
    ]
    return sorted(found, key=lambda entry: -abs(entry[2]))[:10]


def _notes(result: Any) -> list[str]:
    if result.absolute_sigma:
        notes = ["Standard errors follow from sigma, taken to be in the units of y (absolute_sigma=True)."]
    elif result.has_sigma:
        notes = ["sigma gives weights only; standard errors are scaled by the residuals (absolute_sigma=False)."]
    else:
        notes = ["No sigma was given: standard errors follow from the scatter of the residuals."]
    if math.isinf(result.variance):
        notes.append("No data are left to tell the scatter by: give sigma in the units of y for standard errors.")
    if not result.problem.loss.is_linear:
        notes.append(f"Loss {result.problem.loss.name!r} with scale {result.problem.loss.scale:.4g}.")
    if not result.converged:
        notes.append(f"Not converged: {result.reason}")
    return notes


def to_html(result: Any) -> str:
    """Return a fit's summary as HTML, for notebooks."""
    head = "".join(f"<th>{text}</th>" for text in ("parameter", "value", "standard error", ""))
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{number(p.value):.8g}</td><td>{_error(p, '.3g')}</td>"
        f"<td>{_note(result, p)}</td></tr>"
        for name, p in result.parameters.items()
    )
    goodness = "<br>".join(html.escape(line.strip()) for line in _goodness(result))
    notes = " ".join(html.escape(line) for line in _notes(result))
    return (
        f"<div><b>{html.escape(title(result))}</b>: {html.escape(result.reason.words)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{goodness}</p><p>{notes}</p></div>"
    )


def to_dict(result: Any) -> dict[str, Any]:
    """Return a fit's numbers as plain Python objects."""
    return {
        "parameters": {
            name: {"value": number(p.value), "standard_error": p.standard_error, "fixed": p.fixed}
            for name, p in result.parameters.items()
        },
        "names": list(result.names),
        "covariance": result.covariance.tolist(),
        "correlation": result.correlation.tolist(),
        "chi_squared": result.chi_squared,
        "reduced_chi_squared": result.reduced_chi_squared,
        "dof": result.dof,
        "n_data": result.n_data,
        "p_value": result.p_value,
        "r_squared": result.r_squared,
        "aic": result.aic,
        "bic": result.bic,
        "residuals": result.residuals.tolist(),
        "converged": result.converged,
        "reason": result.reason.name,
        "method": result.method,
        "absolute_sigma": result.absolute_sigma,
        "iterations": result.iterations,
        "evaluations": {"model": result.evaluations.value, "jacobian": result.evaluations.jacobian},
    }


def to_json(result: Any, **options: Any) -> str:
    """Return a fit's numbers as JSON; what is not finite becomes null."""
    return json.dumps(_finite(to_dict(result)), **options)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
