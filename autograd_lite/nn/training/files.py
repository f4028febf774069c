"""The file of a checkpoint: NumPy arrays and JSON in one archive, written at once or not at all.

It is a zip archive of ``.npy`` files, one for each array, with all else in ``state.json``: ``numpy.load`` opens it.
Nothing in it is code, and nothing is executed when it is read (no pickle). The archive holds a checksum of each part,
and floats are written with all their digits, so what is read is to the bit what was written or an error.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from autograd_lite.errors import StructureError
from autograd_lite.nn.files import write_atomically

_STATE = "state.json"
_PLAIN = str | int | float | bool | None


def save_state(path: str | os.PathLike[str], state: Any) -> None:
    """Write nested dicts, lists and tuples of arrays, numbers, strings and None to a file, atomically.

    Parameters
    ----------
    path : path
    state : dict
        As `Trainer.state_dict` gives it.

    Raises
    ------
    StructureError
        If there is anything else in it, or an array of objects.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> from autograd_lite.nn.training import load_state, save_state
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "state.npz"
    >>> save_state(path, {"weights": {"w": np.arange(2.0)}, "step": (3, None)})
    >>> load_state(path)
    {'weights': {'w': array([0., 1.])}, 'step': (3, None)}
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_pack(state, "", arrays))

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.writestr(_STATE, text)
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as part:
                    np.lib.format.write_array(part, array, allow_pickle=False)

    write_atomically(path, write)


def load_state(path: str | os.PathLike[str]) -> Any:
    """Read what `save_state` has written.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict

    Raises
    ------
    StructureError
        If the file is none of those, or damaged.
    FileNotFoundError
        If there is none.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            return _unpack(json.loads(parts[_STATE]), parts)
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
            raise StructureError(
                f"{os.fspath(path)} is no checkpoint of this package, or is damaged ({type(error).__name__}: {error})"
            ) from error


def _pack(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return what stands for a value in JSON; its arrays are put into ``arrays`` under their paths."""
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.hasobject:
            raise StructureError(f"{path or 'the state'} is an array of objects, which a checkpoint cannot hold")
        name = path
        while name in arrays:  # {"a/b": x, "a": {"b": y}}
            name += "~"
        arrays[name] = np.asarray(value)
        return {"array": name, "scalar": isinstance(value, np.generic)}
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        keys = list(value)
        if all(isinstance(key, str | int) for key in keys):
            items = [[key, _pack(item, _joined(path, key), arrays)] for key, item in value.items()]
            return {"dict": items}
    elif isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_pack(item, _joined(path, index), arrays) for index, item in enumerate(value)]}
    raise StructureError(
        f"{path or 'the state'} is a {type(value).__name__}: a checkpoint holds dicts (with keys that are strings or "
        f"integers), lists, tuples, arrays, numbers, strings and None"
    )


def _unpack(value: Any, parts: Mapping[str, bytes]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = np.lib.format.read_array(io.BytesIO(parts[f"{value['array']}.npy"]), allow_pickle=False)
        return array[()] if value["scalar"] else array
    if "dict" in value:
        return {key: _unpack(item, parts) for key, item in value["dict"]}
    kind, items = next(iter(value.items()))
    unpacked = [_unpack(item, parts) for item in items]
    return tuple(unpacked) if kind == "tuple" else unpacked


def _joined(path: str, key: object) -> str:
    return f"{path}/{key}" if path else str(key)
