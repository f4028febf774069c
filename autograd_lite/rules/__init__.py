"""Derivative rules by topic; importing this declares them all."""

from autograd_lite.rules import constants as constants
from autograd_lite.rules import elementwise as elementwise
from autograd_lite.rules import indexing as indexing
from autograd_lite.rules import linalg as linalg
from autograd_lite.rules import reductions as reductions
from autograd_lite.rules import shaping as shaping
