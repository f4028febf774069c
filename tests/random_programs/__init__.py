"""Random programs, run on autograd_lite, PyTorch and JAX, with a shrinker for those on which they disagree.

- `drawing` says how a kind of step is declared; `steps`, `scans`, `special` and `matrices` declare 158 of them by
  topic, over a namespace that a backend supplies;
- `program` generates programs, keeping clear of kinks, and shrinks them;
- `backends` runs them: value, gradient, Hessian-vector product;
- `comparing` finds disagreements.

    python -m tests.random_programs --count 2000 --seed 0

That takes half an hour on one core, three quarters of it for JAX, which compiles each program.
"""
