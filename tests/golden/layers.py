"""Cases of `Linear`, `Sequential`, `Bilinear`, `Embedding` and the layers that reshape."""

from __future__ import annotations

import numpy as np

from autograd_lite import nn
from golden.case import Golden

WORDS = np.array([[1, 0, 3], [3, 3, 2]])

CASES = [
    Golden("Linear", lambda: nn.Linear(4, 3), lambda torch: torch.nn.Linear(4, 3), ((5, 4),)),
    Golden("Linear of a vector", lambda: nn.Linear(4, 3), lambda torch: torch.nn.Linear(4, 3), ((4,),)),
    Golden("Linear without bias, of three axes", lambda: nn.Linear(4, 3, bias=False),
           lambda torch: torch.nn.Linear(4, 3, bias=False), ((2, 5, 4),)),
    Golden("Sequential", lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)),
           lambda torch: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)), ((5, 4),)),
    Golden("Bilinear", lambda: nn.Bilinear(4, 3, 2), lambda torch: torch.nn.Bilinear(4, 3, 2), ((5, 4), (5, 3))),
    Golden("Bilinear without bias, of three axes", lambda: nn.Bilinear(2, 3, 4, bias=False),
           lambda torch: torch.nn.Bilinear(2, 3, 4, bias=False), ((2, 5, 2), (2, 5, 3))),
    Golden("Embedding", lambda: nn.Embedding(5, 3), lambda torch: torch.nn.Embedding(5, 3), (WORDS,)),
    Golden("Embedding of one word", lambda: nn.Embedding(5, 3), lambda torch: torch.nn.Embedding(5, 3), (np.array(2),)),
    Golden("Embedding with padding", lambda: nn.Embedding(5, 3, padding_idx=3),
           lambda torch: torch.nn.Embedding(5, 3, padding_idx=3), (WORDS,)),
    Golden("Embedding with padding at the end", lambda: nn.Embedding(4, 3, padding_idx=-1),
           lambda torch: torch.nn.Embedding(4, 3, padding_idx=-1), (WORDS,)),
    Golden("Flatten", lambda: nn.Flatten(), lambda torch: torch.nn.Flatten(), ((2, 3, 4),)),
    Golden("Flatten of two axes", lambda: nn.Flatten(0, -2), lambda torch: torch.nn.Flatten(0, -2), ((2, 3, 4),)),
    Golden("Unflatten", lambda: nn.Unflatten(-1, (2, 3)), lambda torch: torch.nn.Unflatten(-1, (2, 3)), ((2, 6),)),
    Golden("Unflatten with an open length", lambda: nn.Unflatten(1, (2, -1)),
           lambda torch: torch.nn.Unflatten(1, (2, -1)), ((2, 6, 2),)),
    Golden("Identity", lambda: nn.Identity(3, why="not"), lambda torch: torch.nn.Identity(3, why="not"), ((2, 3),)),
    Golden("Dropout in evaluation", lambda: nn.Dropout(0.5).eval(), lambda torch: torch.nn.Dropout(0.5).eval(),
           ((4, 3),)),
    Golden("Dropout of nothing", lambda: nn.Dropout(0.0), lambda torch: torch.nn.Dropout(0.0), ((4, 3),)),
    Golden("Dropout of everything", lambda: nn.Dropout(1.0), lambda torch: torch.nn.Dropout(1.0), ((4, 3),)),
]  # fmt: skip
