"""The chain rule as text: what it evaluates to, what it says, and that it says it in text, Markdown and LaTeX."""

# ruff: noqa: N803 - matrices have capital letters

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.linalg
import scipy.special as sc
from derivations import ARRAYS, FUNCTIONS, SCALARS, SEVERAL, Case
from hypothesis import assume, given, settings

import autograd_lite as ag
from autograd_lite import explain
from autograd_lite.core.symbols import rule_latex, rule_text
from autograd_lite.core.symbols.expressions import Constant, evaluate
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.explain.symbolic_run import NumericRun, SymbolicRun


def derived(case: Case) -> Any:
    return explain.derivative(case.f, *case.at, argnums=tuple(range(len(case.at))))


def close(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    for one, other in zip(got, want, strict=True):
        assert np.shape(one) == np.shape(other)
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * float(np.max(np.abs(other), initial=0)))


# Numbers


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_derivation_evaluates_to_the_gradient(name: str) -> None:
    case = FUNCTIONS[name]
    derivation = derived(case)
    assert type(derivation.chain.run) is SymbolicRun
    gradient = ag.grad(case.f, argnums=tuple(range(len(case.at))))
    close(derivation.gradient, gradient(*case.at))
    for point in (case.at, *case.elsewhere()):
        close(derivation.evaluate(*point), gradient(*point))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_expression_at_the_end_has_the_same_value(name: str) -> None:
    case = FUNCTIONS[name]
    chain = derived(case).chain
    values: dict[Any, Any] = dict(zip(chain.run.arguments, chain.run.values, strict=True))
    with np.errstate(all="ignore"):
        for step in chain.steps:
            values[step.variable] = evaluate(step.definition, values)
        values.update({arrival.variable: arrival.value for arrival in chain.arrivals})
        totals = [evaluate(total, values) for total in chain.totals()]
    want = ag.grad(case.f, argnums=tuple(range(len(case.at))))(*case.at)
    for total, one in zip(totals, want, strict=True):
        np.testing.assert_allclose(np.broadcast_to(total, np.shape(one)), one, rtol=1e-10, atol=1e-12)


def test_there_are_functions_enough() -> None:
    assert len(SCALARS) + len(SEVERAL) >= 45
    assert len(ARRAYS) >= 30


UNARY = [np.sin, np.cos, np.tanh, np.exp, np.arctan, np.abs, np.square, np.negative, np.log1p, np.sqrt, sc.erf, np.cbrt]
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.power, np.logaddexp, np.arctan2]


@st.composite
def trees(draw: Any, depth: int = 4) -> Callable[..., Any]:
    """Draw a function of x and y, as a tree of operations."""
    kind = draw(st.integers(0, 5)) if depth else 0
    if kind <= 1:
        leaf = draw(st.sampled_from([0, 1, 0.5, 2.0, -3.0, 1.25]))
        return (lambda x, y: (x, y)[leaf]) if isinstance(leaf, int) else (lambda x, y: leaf * x / x)
    if kind == 2:
        inner, exponent = draw(trees(depth - 1)), draw(st.sampled_from([2, 3, -1, 0.5, 1, 0]))
        return lambda x, y: inner(x, y) ** exponent
    if kind == 3:
        function, inner = draw(st.sampled_from(UNARY)), draw(trees(depth - 1))
        return lambda x, y: function(inner(x, y))
    if kind == 4:
        test, yes, no = (draw(trees(depth - 1)) for _ in range(3))
        return lambda x, y: np.where(test(x, y) > 0.3, yes(x, y), no(x, y))
    function, left, right = draw(st.sampled_from(BINARY)), draw(trees(depth - 1)), draw(trees(depth - 1))
    return lambda x, y: function(left(x, y), right(x, y))


numbers = st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3)


@pytest.mark.filterwarnings("ignore::autograd_lite.SingularPointWarning")
@given(trees(), numbers, numbers, numbers, numbers)
@settings(max_examples=150, deadline=None)
def test_random_trees(f: Callable[..., Any], x: float, y: float, u: float, v: float) -> None:
    with np.errstate(all="ignore"):
        want = [ag.grad(f, argnums=(0, 1))(*point) for point in ((x, y), (u, v))]
    assume(all(np.isfinite(one) and abs(one) < 1e8 for pair in want for one in pair))
    with np.errstate(all="ignore"):
        derivation = explain.derivative(f, x, y, argnums=(0, 1))
        got = [derivation.evaluate(x, y), derivation.evaluate(u, v)]
    for one, other in zip(got, want, strict=True):
        if all(np.isfinite(one)):  # 0 · ∞ is left NaN here, where the engine's careful sweep decides
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert_sane(derivation.latex())
    assert "Derivative" in derivation.text()


@pytest.mark.filterwarnings("ignore::autograd_lite.SingularPointWarning")
@given(trees(depth=3), st.integers(1, 4), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_random_trees_over_arrays(f: Callable[..., Any], n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.2, 2, (2, n)), rng.uniform(0.2, 2, n)  # the second one is broadcast

    def total(x: Any, y: Any) -> Any:
        return np.sum(f(x, y) * y)

    with np.errstate(all="ignore"):
        want = ag.grad(total, argnums=(0, 1))(x, y)
        assume(all(np.isfinite(one).all() and np.abs(one).max() < 1e8 for one in want))
        got = explain.derivative(total, x, y, argnums=(0, 1)).evaluate(x, y)
    for one, other in zip(got, want, strict=True):
        if np.isfinite(one).all():
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


# What it says


def end(f: Callable[..., Any], *at: Any, **options: Any) -> list[str]:
    """Return the expressions at the end."""
    text = str(explain.derivative(f, *at, **options)).partition("\nDerivative\n")[2].partition("\n\n")[0]
    return [line.partition(" = ")[2] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: x * np.sin(x), "sin(x) + x · cos(x)"),
        (lambda x: x**3 - 2 * x**2 + x - 7, "1 - 4 · x + 3 · x²"),
        (lambda x: np.exp(-x * x), "-2 · x · exp(-x²)"),
        (lambda x: 1 / (1 + np.exp(-x)), "exp(-x) / (1 + exp(-x))²"),
        (lambda x: np.logaddexp(0, x), "1 / (1 + exp(-x))"),
        (lambda x: np.log(1 + x * x), "2 · x / (x² + 1)"),
        (lambda x: -np.negative(x), "1"),
        (lambda x: x * 0 + 3, "0"),
        (lambda x: x + x + x, "3"),
        (lambda x: x / x, "0"),
        (lambda x: x - (x**3 - 2) / (3 * x**2), "2 · (x³ - 2) / (3 · x³)"),
        (
            lambda x: np.exp(-(x**2) / 2) / (x * np.sqrt(2 * np.pi)),
            "-(1/√(2π)) · exp(-x² / 2) / x² - (1/√(2π)) · exp(-x² / 2)",
        ),
        (lambda x: x**2.5, "5 · x^(3/2) / 2"),
        (lambda x: 2**x, "ln 2 · 2^x"),
        (lambda x: sc.erf(x / 2), "(1/√π) · exp(-x² / 4)"),
        (lambda x: np.where(x > 0, x**2, np.sin(x)), "{2 · x if x > 0; cos(x) otherwise}"),
        (lambda x: np.maximum(x, 0), "{1/2 if x = 0; 1 if x > 0; 0 otherwise}"),
        (lambda x: np.clip(x, -1, 2), "{1 if -1 ≤ x ≤ 2; 0 otherwise}"),
        (lambda x: np.abs(x), "sign(x)"),
        (lambda x: np.tanh(x), "1 - tanh(x)²"),
        (lambda x: np.sinc(x), "sinc'(x)"),
    ],
)
def test_the_end_reads_well(f: Callable[..., Any], said: str) -> None:
    assert end(f, 0.8) == [said]


def test_several_arguments_read_well() -> None:
    assert end(lambda x, y: np.arctan2(y, x), 1.0, 2.0, argnums=(0, 1)) == ["-y / (x² + y²)", "x / (x² + y²)"]
    rosenbrock = end(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, 1.0, 2.0, argnums=(0, 1))
    assert rosenbrock == ["-400 · x · (y - x²) - 2 · (1 - x)", "200 · (y - x²)"]
    assert end(lambda x: (1 - x[0]) ** 2 + x[1] * x[0], np.array([1.0, 2.0])) == ["[x[1] - 2 · (1 - x[0]), x[0]]"]


def test_matrices_read_well() -> None:
    w, x, b = np.arange(6.0).reshape(2, 3), np.ones(3), np.ones(2)
    layer = end(lambda W, x, b: np.sum(np.tanh(W @ x + b)), w, x, b, argnums=(0, 1, 2))
    assert layer == ["(1 - tanh(W x + b)²) xᵀ", "Wᵀ (1 - tanh(W x + b)²)", "1 - tanh(W x + b)²"]
    assert end(lambda W: np.sum((W.T @ W) ** 2), w) == ["4 · W Wᵀ W"]
    assert end(lambda x: np.linalg.norm(x), x) == ["x / ‖x‖"]
    assert end(lambda x: ag.scipy.special.logsumexp(x), x) == ["softmax(x)"]
    assert end(lambda x: np.sum(np.exp(x - np.log(np.sum(np.exp(x)))) ** 2), x)[0].count("softmax(x)") == 3
    assert "softmax" not in end(lambda x: np.sum(np.exp(x + np.sum(np.exp(x)))), x)[0]
    assert end(lambda A, B: np.einsum("ij,jk->ik", A, B).sum(), w, w.T.copy(), argnums=(0,)) == ["ones(2, 2) Bᵀ"]
    assert end(lambda x: np.mean(x**2), x) == ["2 · x / 3"]


def test_a_constant_is_one_array_whichever_way_it_is_read() -> None:
    data, w = np.arange(12.0).reshape(4, 3), np.ones((3, 2))
    rows, other = data[1:], (data * 2.0).T
    assert end(lambda W: np.sum(np.tanh(data @ W)), w) == ["dataᵀ (1 - tanh(data W)²)"]
    assert end(lambda W: np.sum(np.tanh(rows @ W)), w) == ["rowsᵀ (1 - tanh(rows W)²)"]
    assert end(lambda W: np.sum(np.tanh(W.T @ other)), w) == ["other (1 - (tanh(Wᵀ other)²)ᵀ)"]
    assert end(lambda W: np.sum(np.tanh((data + 1.0) @ W)), w) == ["c1ᵀ (1 - tanh(c1 W)²)"]


def test_every_step_is_told() -> None:
    lines = str(explain.derivative(lambda x, y: np.exp(x * y) + x, 1.0, 2.0, argnums=(0, 1))).splitlines()
    told = [re.sub(" +", " ", line.partition("≈")[0]).strip() for line in lines]
    for line in ["v1 = x · y", "v2 = exp(v1)", "v3 = v2 + x", "∂v1/∂x = y", "∂v2/∂v1 = v2", "∂v3/∂v2 = 1",
                 "v̄3 = 1", "v̄2 = v̄3", "v̄1 = v̄2 · v2", "x̄ = v̄3 + v̄1 · y", "ȳ = v̄1 · x"]:  # fmt: skip
        assert line in told, line


def test_what_formulas_leave_out_is_told() -> None:
    assert "where v1 = 0, 1 stands for v1" in str(explain.derivative(lambda x: np.linalg.norm(x), np.ones(3)))
    text = str(explain.derivative(lambda x: np.sin(x) if x > 0 else x * x, 0.5))
    assert "the way that the function takes: x > 0 is True" in text
    scale = np.array([1.0, 2.0, 3.0])
    text = str(explain.derivative(lambda x: np.sum(scale * x), np.ones(3)))
    assert "∂f(x)/∂x = scale" in text
    assert "scale is [1., 2., 3.]" in text


def test_a_long_derivation_is_folded() -> None:
    def f(x: Any) -> Any:
        for _ in range(1500):
            x = np.sin(x) * 1.01
        return x

    derivation = explain.derivative(f, 0.5)
    text = derivation.text()
    assert "2800 more" in text
    assert len(text.splitlines()) < 700
    assert "v3000" in text
    assert len(derivation.latex()) < 20_000
    assert_sane(derivation.latex())
    np.testing.assert_allclose(derivation.evaluate(0.3), ag.grad(f)(0.3), rtol=1e-12)


def test_shared_parts_keep_their_names_where_all_would_be_too_much() -> None:
    def f(x: Any) -> Any:
        for _ in range(12):
            x = np.sin(x) * np.exp(x) + x * np.cos(x)  # as one expression, 4 ** 12 parts
        return x

    (said,) = end(f, 0.1)
    assert len(said) < 2000
    assert "v" in said


# Other points


def test_masks_hold_elsewhere_and_decisions_are_made_anew() -> None:
    def masked(x: Any) -> Any:
        return np.sum(np.where(x > 0, x**2, np.sin(x)) * np.maximum(x, 0.5))

    def decided(x: Any) -> Any:
        return np.sin(x) if x > 0 else x * x

    x = np.array([-1.0, 0.3, 2.0])
    close([explain.derivative(masked, x).evaluate(-x)], [ag.grad(masked)(-x)])
    assert explain.derivative(decided, 0.5).evaluate(-2.0) == -4.0
    assert explain.derivative(lambda x, n: x**n, 2.0, 3).evaluate(2.0, 4) == 32.0


def test_other_shapes_are_refused() -> None:
    derivation = explain.derivative(lambda x: np.sum(x**2), np.ones(3))
    with pytest.raises(ShapeError, match=r"x has shape \(4,\).*was made for \(3,\)"):
        derivation.evaluate(np.ones(4))


def test_outputs_with_several_elements_need_a_cotangent() -> None:
    x, g = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    derivation = explain.derivative(lambda x: np.sin(x) * x, x)
    assert derivation.gradient is None
    assert "v̄2 is given" in str(derivation)
    np.testing.assert_allclose(derivation(x, cotangent=g), g * (np.sin(x) + x * np.cos(x)), rtol=1e-14)
    with pytest.raises(ShapeError, match="needs cotangent="):
        derivation(x)
    with pytest.raises(ShapeError, match="the cotangent has shape"):
        derivation(x, cotangent=1.0)


def test_arguments_come_in_containers_dtypes_and_names() -> None:
    def f(p: Any, x: Any, scale: float = 1.0) -> Any:
        return np.sum(np.tanh(p["w"] @ x + p["b"][0])) * scale

    p = {"w": np.ones((2, 3), np.float32), "b": [np.zeros(2, np.float32)]}
    derivation = explain.derivative(f, p, np.ones(3, np.float32), scale=2.0)
    want = ag.grad(f)(p, np.ones(3, np.float32), scale=2.0)
    got = derivation.evaluate()
    assert got["w"].dtype == np.float32
    np.testing.assert_allclose(got["w"], want["w"], rtol=1e-5)
    np.testing.assert_allclose(got["b"][0], want["b"][0], rtol=1e-5)
    assert "p['b'][0]" in str(derivation)
    named = explain.derivative(lambda a: a * a, ag.Tensor(2.0, name="speed"))
    assert "2 · speed" in str(named)
    assert "2 · v" in str(explain.derivative(lambda a: a * a, 2.0, names=["v"]))
    assert "u1 = v²" in str(explain.derivative(lambda v: v * v, 2.0))


def test_complex_functions() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.abs(np.exp(1j * x) * (1 + x)) ** 2)

    x = np.array([0.3, 0.8])
    close([explain.derivative(f, x).evaluate(x + 0.1)], [ag.grad(f)(x + 0.1)])


# What cannot be written down


def unfriendly(**rules: Any) -> Any:
    return ag.primitive(lambda x: np.asarray(x) ** 3, kind="elementwise", name="cube", **rules)


def test_a_rule_that_refuses_symbols_is_named_and_evaluated() -> None:
    cube = ag.primitive(
        lambda x: x**3, kind="elementwise", name="cube", x=lambda g, x: np.asarray(g) * 3 * np.asarray(x) ** 2
    )
    derivation = explain.derivative(lambda x: cube(np.sin(x)), 0.7)
    assert "(vjp of cube)(v̄2)" in str(derivation)
    assert r"\operatorname{vjp\ of\ cube}" in derivation.latex()
    for x in (0.7, 0.2):
        np.testing.assert_allclose(derivation.evaluate(x), 3 * np.sin(x) ** 2 * np.cos(x), rtol=1e-14)


def test_a_function_that_refuses_symbols_is_run_on_arrays() -> None:
    cube = unfriendly(x=lambda g, x: g * 3 * x**2)

    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0.5, cube(x), x) * np.array([1.0, 2.0]))

    x = np.array([0.3, 0.9])
    derivation = explain.derivative(f, x)
    assert type(derivation.chain.run) is NumericRun
    assert "cube(x)" in str(derivation)
    assert "∂v1/∂x = 3 · x²" in str(derivation)
    assert "x > " in str(derivation)
    close([derivation.gradient, derivation.evaluate(x + 0.3)], [ag.grad(f)(x), ag.grad(f)(x + 0.3)])


def test_lapack_and_rules_written_elsewhere() -> None:
    a = np.array([[2.0, 0.3], [0.1, 1.5]])

    def f(a: Any) -> Any:
        return np.sum(ag.scipy.linalg.expm(a) ** 2) + np.sum(np.linalg.qr(a)[1] ** 2)

    derivation = explain.derivative(f, a)
    assert scipy.linalg.expm is not None
    assert "expm(a)" in str(derivation)
    close([derivation.evaluate(a + 0.1)], [ag.grad(f)(a + 0.1)], 1e-10)
    assert_sane(derivation.latex())


def test_custom_vjp_and_hooks() -> None:
    gently = ag.custom_vjp(lambda x: x * 1.0)
    gently.defvjp(lambda x: (x * 1.0, None), lambda residuals, g: (np.clip(g, -1.0, 1.0),))
    derivation = explain.derivative(lambda x: 100.0 * gently(np.sin(x)), 2.0)
    np.testing.assert_allclose(derivation.evaluate(1.0), np.cos(1.0), rtol=1e-14)

    def hooked(x: Any) -> Any:
        y = np.sin(x)
        y.register_hook(lambda g: 2 * g)
        return y * y

    np.testing.assert_allclose(explain.derivative(hooked, 0.4).evaluate(), ag.grad(hooked)(0.4), rtol=1e-14)


def test_networks_and_transforms_inside() -> None:
    layer, lstm, x = ag.nn.Linear(3, 2), ag.nn.LSTM(3, 2), np.linspace(-1, 1, 12).reshape(4, 3)

    def network(x: Any) -> Any:
        return np.sum(np.tanh(layer(x))) + np.sum(lstm(x[None])[0])

    def inside(x: Any) -> Any:
        return np.sum(ag.grad(lambda y: np.sum(y**3 * x))(x) * ag.stop_gradient(x))

    for f in (network, inside):
        derivation = explain.derivative(f, x)
        want = ag.vjp(f, x)[1](1.0)[0]
        np.testing.assert_allclose(
            derivation.evaluate(), want.data if isinstance(want, ag.Tensor) else want, rtol=1e-10
        )
        assert_sane(derivation.latex())
    derivation = explain.derivative(inside, x)
    close([derivation.evaluate(x + 0.1)], [ag.grad(inside)(x + 0.1)])


def test_errors_in_words() -> None:
    with pytest.raises(DtypeError, match="only floating-point"):
        explain.derivative(lambda x: x * 2, np.array([1, 2]))
    with pytest.raises(StructureError, match="takes a function, and got float"):
        explain.derivative(3.0, 1.0)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StructureError, match="returned a container"):
        explain.derivative(lambda x: (x, x), 3.0)
    with pytest.raises(StructureError, match="forget to return"):
        explain.derivative(lambda x: None, 3.0)
    with pytest.raises(ZeroDivisionError):
        explain.derivative(lambda x: x / (1 // 0), 3.0)


def test_a_function_of_nothing() -> None:
    derivation = explain.derivative(lambda x: 3.0, 2.0)
    assert derivation.evaluate() == 0.0
    assert "∂f(x)/∂x = 0" in str(derivation)


# Notations


def assert_sane(latex: str) -> None:
    """Check what TeX would choke on: braces, \\left and \\right, environments, bare signs of Markdown and HTML."""
    bare = re.sub(r"\\[{}%#&$_\\]", "", latex)
    depth = 0
    for letter in bare:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0, latex
    assert depth == 0, latex
    assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right"), latex
    assert sorted(re.findall(r"\\begin\{(\w+)\}", latex)) == sorted(re.findall(r"\\end\{(\w+)\}", latex))
    assert not re.search(r"[<>|%#$~`]", bare), latex
    assert not re.search(r"(?<![\\\w}\])])[_^](?!\{)", bare), latex


@pytest.mark.parametrize("name", FUNCTIONS)
def test_latex_and_markdown_are_sane(name: str) -> None:
    derivation = derived(FUNCTIONS[name])
    assert_sane(derivation.latex())
    assert derivation._repr_latex_().startswith("$$ \\begin{aligned}")
    assert derivation._repr_markdown_() == derivation.markdown()
    assert_tables(derivation.markdown())


def assert_tables(markdown: str) -> None:
    """Check that all rows of each table have as many cells, and that formulas are closed."""
    for table in re.findall(r"(?:^\|.*\n)+", markdown, flags=re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table
    for line in markdown.splitlines():
        assert line.count("$") % 2 == 0, line
    assert "\n\n" in markdown


@pytest.mark.parametrize(
    "name",
    [
        "x_1",
        "<script>alert(1)</script>",
        "50%",
        "a&b",
        "{",
        "}",
        "\\",
        "$x$",
        "#1",
        "a^b",
        "a|b",
        "`x`",
        "x\ny",
        "~",
        "*x*",
    ],
)
def test_hostile_names_mean_nothing(name: str) -> None:
    derivation = explain.derivative(
        lambda a, b: np.sum(np.sin(a) * b), np.ones(3), 2.0, argnums=(0, 1), names=[name, "b"]
    )
    assert_sane(derivation.latex())
    markdown = derivation.markdown()
    assert_tables(markdown)
    assert "<script>" not in markdown
    assert "\n" not in derivation.chain.run.arguments[1].name
    assert len(str(derivation).splitlines()) == len(str(explain.derivative(
        lambda a, b: np.sum(np.sin(a) * b), np.ones(3), 2.0, argnums=(0, 1))).splitlines())  # fmt: skip


def test_greek_names_are_commands() -> None:
    latex = explain.derivative(lambda θ, λ2: θ * np.sin(λ2), 2.0, 3.0, argnums=(0, 1)).latex()
    assert latex.isascii(), latex
    assert r"\overline{\lambda_{2}} &= \bar{v}_{1} \cdot \cos\left(\lambda_{2}\right)" in latex
    assert r"\overline{\theta}" in latex
    assert r"\mathrm{A}" not in explain.derivative(lambda A: A * 2, 1.0).latex()


def test_latex_says_what_text_says() -> None:
    latex = explain.derivative(lambda x, y: np.sqrt(x) / y + np.exp(-x), 2.0, 3.0, argnums=(0, 1)).latex()
    assert r"\frac{\partial f}{\partial y} &= -\frac{\sqrt{x}}{y^{2}}" in latex
    assert r"\bar{v}_{1}" in latex
    assert r"e^{-x}" in latex
    latex = explain.derivative(lambda weight: weight**2 * np.maximum(weight, 0), 2.0).latex()
    assert r"\overline{\mathrm{weight}}" in latex
    assert r"\begin{cases}" in latex


# Rules, for pictures


def test_rules_of_nodes() -> None:
    x, y = (ag.Tensor(value, requires_grad=True) for value in (0.5, 2.0))
    w, v = ag.Tensor(np.ones((2, 3)), requires_grad=True), ag.Tensor(np.arange(1.0, 4), requires_grad=True)
    said = {
        "g · cos(x)": (np.sin(x), 0), "g · y": (x * y, 0), "-g · out / y": (x / y, 1),
        "g · (1 - out²)": (np.tanh(x), 0), "g · sinc'(x)": (np.sinc(x), 0),
        "g yᵀ": (w @ v, 0), "xᵀ g": (w @ v, 1), "gᵀ": (w.T, 0),
        "{g / 2 if x = y; g if x > y; 0 otherwise}": (np.maximum(x, y), 0), "g · x / out": (np.linalg.norm(v), 0),
        "vjp of output": (np.linalg.eigh(w @ w.T)[0], 0),
    }  # fmt: skip
    for words, (tensor, position) in said.items():
        assert rule_text(tensor.node, position) == words
        assert_sane(rule_latex(tensor.node, position))
    out = np.sin(x)
    out.backward()
    assert rule_text(out.node) == "vjp of sin"


def test_every_rule_has_words() -> None:
    for f, at in ((case.f, case.at) for case in FUNCTIONS.values()):
        tensors = [ag.Tensor(value, requires_grad=True) for value in at]
        stack = [f(*tensors).node]
        while stack:
            node = stack.pop()
            for position, parent in enumerate(node.inputs):
                assert rule_text(node, position)
                assert_sane(rule_latex(node, position))
                stack.append(parent)
            if len(stack) > 40:
                break


# The house


def test_importing_the_module_first_leaves_the_function() -> None:
    program = (
        "import autograd_lite.explain.derivation, autograd_lite as ag\n"
        "print(ag.explain.derivative(lambda x: x * x, 2.0)())"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "4.0"


def test_nothing_is_left_behind() -> None:
    x = np.array([1.0, 2.0])
    explain.derivative(lambda x: np.sum(x * x), x)
    assert x.tolist() == [1.0, 2.0]
    assert isinstance(ag.grad(lambda x: np.sum(x * x))(x), np.ndarray)
    assert Constant(x).shape == (2,)


def test_a_loss_reads_as_in_textbooks() -> None:
    rows = np.random.default_rng(0).normal(size=(4, 3))
    text = explain.derivative(lambda x: ag.nn.cross_entropy(x, np.array([0, 1, 2, 0])), rows).text()
    assert "= (softmax(x, axis=-1) - c1) / 4" in text
    assert "_Shares" not in text
