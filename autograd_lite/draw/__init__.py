"""Pictures of computation graphs: what was recorded, and how gradients flow back over it."""

from autograd_lite.draw.differences import difference
from autograd_lite.draw.drawing import graph, tree
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.profile_table import Profile
from autograd_lite.draw.profiling import profile
from autograd_lite.draw.rendering import DrawingError

__all__ = ["DrawingError", "GraphPicture", "Profile", "difference", "graph", "profile", "tree"]
