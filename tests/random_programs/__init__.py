"""Random programs, run on autograd_lite, PyTorch and JAX, with a shrinker for those on which they disagree.

- `drawing` declares a kind of step, `steps` all of them, over a namespace that a backend supplies;
- `program` generates programs, keeping clear of kinks, and shrinks them;
- `backends` runs them: value, gradient, Hessian-vector product;
- `comparing` finds disagreements.

    python -m tests.random_programs --count 2000 --seed 0
"""
