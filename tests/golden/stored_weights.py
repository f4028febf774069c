"""Weights as PyTorch saves them, with an input and what PyTorch makes of it in the metadata.

``python tests/golden/stored_weights.py`` writes ``tests/data/nn/<network>_<dtype>.safetensors`` anew.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data" / "nn"

#: Network -> shape of its input.
NETWORKS = {"mlp": (5, 3), "cnn": (2, 1, 6, 6)}

DTYPES = ("float32", "float16", "bfloat16")


def built(name: str, layers: Any) -> Any:
    """Return a network made of the layers in ``torch.nn``, or in this package's ``nn``."""
    if name == "mlp":
        return layers.Sequential(layers.Linear(3, 4), layers.Tanh(), layers.Linear(4, 2))
    return layers.Sequential(
        layers.Conv2d(1, 2, 3, padding=1), layers.BatchNorm2d(2), layers.ReLU(), layers.MaxPool2d(2),
        layers.Flatten(), layers.Linear(18, 2),
    )  # fmt: skip


def main() -> None:
    """Write all files with the installed PyTorch."""
    torch = importlib.import_module("torch")
    save = importlib.import_module("safetensors.torch").save_file
    torch.manual_seed(0)
    for name, shape in NETWORKS.items():
        network = built(name, torch.nn)
        network(3 * torch.randn(64, *shape[1:]) + 1)  # running statistics that are not 0 and 1
        network.eval()
        x = torch.randn(*shape)
        for dtype in DTYPES:
            network.to(getattr(torch, dtype))
            state = {key: value.clone() for key, value in network.state_dict().items()}
            network.double()  # what it computes with the rounded weights, in full precision
            answer = {"x": x.double().tolist(), "y": network(x.double()).tolist()}
            save(state, DATA / f"{name}_{dtype}.safetensors", metadata={"answer": json.dumps(answer)})


if __name__ == "__main__":
    main()
