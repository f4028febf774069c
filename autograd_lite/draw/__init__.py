"""Pictures of computation graphs and of what they cost, and of functions of two variables and losses as landscapes."""

from autograd_lite.draw.differences import difference
from autograd_lite.draw.drawing import graph, tree
from autograd_lite.draw.landscapes import loss_landscape
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.profile_table import Profile
from autograd_lite.draw.profiling import profile
from autograd_lite.draw.rendering import DrawingError
from autograd_lite.draw.surfaces import contour, surface, tangent_plane, vector_field
from autograd_lite.draw.timeline import MemoryTimeline, memory_timeline

__all__ = [
    "DrawingError",
    "GraphPicture",
    "MemoryTimeline",
    "Profile",
    "contour",
    "difference",
    "graph",
    "loss_landscape",
    "memory_timeline",
    "profile",
    "surface",
    "tangent_plane",
    "tree",
    "vector_field",
]
