"""The engine: the graph and the sweep over it, Tensors, and the door through which rules come in."""
