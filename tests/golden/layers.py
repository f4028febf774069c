"""Cases of `Linear` and `Sequential`."""

from __future__ import annotations

from autograd_lite import nn
from golden.case import Golden

CASES = [
    Golden("Linear", lambda: nn.Linear(4, 3), lambda torch: torch.nn.Linear(4, 3), ((5, 4),)),
    Golden("Linear of a vector", lambda: nn.Linear(4, 3), lambda torch: torch.nn.Linear(4, 3), ((4,),)),
    Golden("Linear without bias, of three axes", lambda: nn.Linear(4, 3, bias=False),
           lambda torch: torch.nn.Linear(4, 3, bias=False), ((2, 5, 4),)),
    Golden("Sequential", lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)),
           lambda torch: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)), ((5, 4),)),
]  # fmt: skip
