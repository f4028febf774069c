"""Weights on disk, as safetensors: names, shapes and numbers, and nothing that could be executed.

The format is an 8-byte length, a JSON header with the dtype, shape and place of each array, and the arrays
(https://huggingface.co/docs/safetensors). PyTorch reads and writes it, with the same names where modules have them.
"""

from __future__ import annotations

import importlib
import json
import os
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.modes import user_stacklevel
from autograd_lite.errors import DtypeError, StructureError
from autograd_lite.nn.files import write_atomically
from autograd_lite.nn.module import Module
from autograd_lite.nn.state import own_values

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8",
    "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1", "C64": "<c8",
}  # fmt: skip

#: Formats of two bytes, and how many bits of a number they hold.
_HALVES = {"F16": ("float16", 11), "BF16": ("bfloat16", 8)}

#: How files of other kinds begin: zip archives and pickles, which torch.save writes, HDF5, NumPy's.
_OTHERS = {b"PK\x03\x04": "zip archive", b"\x80": "pickle", b"\x89HDF": "HDF5 file", b"\x93NUMPY": "NumPy array"}


def save_weights(module: Module, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write all parameters and buffers of a module to a safetensors file.

    At every moment the old file or the new one is there, whole: a crash never leaves half of one.

    Parameters
    ----------
    module : Module
    path : path
        By custom it ends in ``.safetensors``.
    metadata : mapping of str to str, optional
        Words to be kept with the weights.

    Raises
    ------
    DtypeError
        If a parameter has a dtype that the format does not know, such as complex128.
    TypeError
        If ``module`` is none, or the metadata are no strings.
    ImportError
        If the package ``safetensors`` is missing: ``pip install 'autograd_lite[weights]'``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from autograd_lite import nn
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "line.safetensors"
    >>> model, other = nn.Linear(2, 1), nn.Linear(2, 1)
    >>> nn.save_weights(model, path, metadata={"accuracy": "0.98"})
    >>> nn.load_weights(other, path)
    {'accuracy': '0.98'}
    >>> bool((other.weight == model.weight).all())
    True
    """
    _check_module(module, "save_weights")
    library = _safetensors("numpy")
    words = dict(metadata or {})
    wrong = [item for pair in words.items() for item in pair if not isinstance(item, str)]
    if wrong:
        raise TypeError(f"save_weights(metadata=...) holds strings only, and {wrong[0]!r} is none")
    arrays = {}
    for name, value in own_values(module).items():
        array = np.array(value, order="C")  # the file has the bytes of memory in order, whatever the strides say
        known = {np.dtype(code): code for code in _DTYPES.values()}
        if array.dtype.newbyteorder("=") not in known:
            raise DtypeError(
                f"save_weights: {name} has dtype {array.dtype}, which safetensors files do not know; they hold "
                f"{', '.join(str(dtype) for dtype in known)}"
            )
        arrays[name] = array
    data = library.save(arrays, metadata=words or None)
    write_atomically(path, lambda file: file.write(data))


def load_weights(module: Module, path: str | os.PathLike[str], strict: bool = True) -> dict[str, str]:
    """Copy the weights in a safetensors file, of this package or of PyTorch, into a module.

    Nothing in the file is executed. Numbers are converted to the dtype that the module has.

    Parameters
    ----------
    module : Module
        Of the architecture that the weights are of.
    path : path
    strict : bool
        Whether names that are missing or unexpected are errors; wrong shapes always are.

    Returns
    -------
    dict of str to str
        The metadata in the file.

    Raises
    ------
    TypeError
        If ``module`` is none.
    FileNotFoundError
        If there is no such file.
    StructureError
        If it is no safetensors file, is cut off or damaged, or holds the weights of another architecture; the module
        is then unchanged.
    ImportError
        If the package ``safetensors`` is missing: ``pip install 'autograd_lite[weights]'``.

    Warns
    -----
    UserWarning
        If digits are lost because the file has wider numbers than the module, or were lost when the file was written
        in 16 bits.

    Examples
    --------
    See `save_weights`. From PyTorch, ``safetensors.torch.save_file(model.state_dict(), path)`` writes such a file.
    """
    _check_module(module, "load_weights")
    found = read_weights(path)
    own = {name: np.asarray(value).dtype for name, value in own_values(module).items()}
    try:
        module.load_state_dict(found.arrays, strict)
    except StructureError as error:
        raise StructureError(f"{os.fspath(path)} does not fit: {error}") from None
    _tell(os.fspath(path), found.formats, own)
    return found.metadata


class Weights(NamedTuple):
    """What is in a safetensors file.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Those of bfloat16 as float32.
    metadata : dict of str to str
    formats : dict of str to str
        How each was written: F64, F32, F16, BF16, I64, …
    """

    arrays: dict[str, np.ndarray]
    metadata: dict[str, str]
    formats: dict[str, str]


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """Return what is in a safetensors file.

    Parameters
    ----------
    path : path

    Returns
    -------
    Weights

    Raises
    ------
    FileNotFoundError, StructureError, ImportError
        As `load_weights`.
    """
    library = _safetensors()
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"there is no file {os.fspath(path)} (looked in {file.absolute().parent})")
    if file.is_dir():
        raise IsADirectoryError(f"{os.fspath(path)} is a folder, and a safetensors file is needed")
    data = file.read_bytes()
    metadata = _checked_header(os.fspath(path), data).pop("__metadata__", {})
    try:
        entries = library.deserialize(data)
    except library.SafetensorError as error:
        raise StructureError(f"{os.fspath(path)} is a damaged safetensors file: {error}") from error
    arrays = {name: _array(os.fspath(path), name, entry) for name, entry in entries}
    return Weights(arrays, metadata, {name: entry["dtype"] for name, entry in entries})


def _check_module(module: Any, caller: str) -> None:
    if not isinstance(module, Module):
        raise TypeError(
            f"{caller}(module, path): a Module is needed, not its state, and this is a {type(module).__name__}"
        )


def _safetensors(part: str = "") -> ModuleType:
    try:
        return importlib.import_module("safetensors" + (f".{part}" if part else ""))
    except ImportError as error:
        raise ImportError(
            "weights are read and written by the package safetensors, which is not installed: "
            "pip install 'autograd_lite[weights]'"
        ) from error


def _checked_header(path: str, data: bytes) -> dict[str, Any]:
    """Return the header of a safetensors file, of which all bytes are there."""
    kind = next((kind for start, kind in _OTHERS.items() if data.startswith(start)), None)
    length = int.from_bytes(data[:8], "little")
    if len(data) < 9 or data[8:9] != b"{":
        if kind in ("zip archive", "pickle"):
            raise StructureError(
                f"{path} is a {kind}, such as torch.save writes: it may hold code and is not read here. In PyTorch, "
                f"safetensors.torch.save_file(model.state_dict(), path) writes the same weights as safetensors."
            )
        what = f"a {kind}" if kind else f"empty or cut off, {len(data)} bytes long" if len(data) < 9 else "another"
        raise StructureError(f"{path} is no safetensors file: it is {what}")
    if len(data) < 8 + length:
        raise StructureError(f"{path} is cut off: its header is {length} bytes long, and {len(data) - 8} are there")
    try:
        header = json.loads(data[8 : 8 + length])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        missing = 8 + length + max(ends, default=0) - len(data)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise StructureError(f"{path} is a damaged safetensors file: its header cannot be read ({error})") from error
    if missing > 0:
        raise StructureError(f"{path} is cut off: the last {missing} bytes of the arrays are missing")
    return header


def _array(path: str, name: str, entry: Mapping[str, Any]) -> np.ndarray:
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (np.frombuffer(entry["data"], "<u2").astype("<u4") << 16).view("<f4").reshape(entry["shape"])
    if entry["dtype"] not in _DTYPES:
        raise StructureError(f"{path}: {name} has the dtype {entry['dtype']}, which NumPy does not have")
    return np.frombuffer(entry["data"], _DTYPES[entry["dtype"]]).reshape(entry["shape"])


def _tell(path: str, formats: Mapping[str, str], own: Mapping[str, np.dtype[Any]]) -> None:
    """Warn of conversions that lose digits, or show that they were lost before."""
    counts = Counter((kind, own[name]) for name, kind in formats.items() if name in own and own[name].kind == "f")
    told = []
    for (kind, dtype), count in counts.items():
        if kind in _HALVES and dtype.itemsize > 2:
            name, bits = _HALVES[kind]
            told.append(f"{count} written as {name}, with {bits} bits of each number, and now in {dtype}")
        elif kind not in _HALVES and dtype.itemsize < np.dtype(_DTYPES[kind]).itemsize:
            told.append(f"{count} written as {np.dtype(_DTYPES[kind])} and rounded to {dtype}")
    if told:
        warnings.warn(f"load_weights({path!r}) converted arrays: {'; '.join(told)}", stacklevel=user_stacklevel())
