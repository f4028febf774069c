"""Pictures of computation graphs: what was recorded, and which way gradients will flow back."""

from autograd_lite.draw.picture import GraphPicture, graph
from autograd_lite.draw.rendering import DrawingError

__all__ = ["DrawingError", "GraphPicture", "graph"]
