"""Functions whose derivative is zero wherever it exists: on Tensors they give plain arrays of their values."""

import numpy as np

from autograd_lite.core.primitive import constant, refuse

# Steps and signs
constant(np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.sign, np.floor_divide, np.signbit)

# Comparisons and tests
constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
constant(np.isfinite, np.isinf, np.isnan, np.isposinf, np.isneginf, np.isclose, np.allclose, np.array_equal)
constant(np.isreal, np.iscomplex, np.array_equiv)
constant(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.all, np.any, np.iscomplexobj, np.isrealobj)

# Positions and counts
constant(np.argmax, np.argmin, np.argsort, np.lexsort, np.searchsorted, np.digitize, np.nonzero, np.flatnonzero)
constant(np.argwhere, np.argpartition, np.count_nonzero, np.isin, np.nanargmax, np.nanargmin)
constant(np.ix_, np.unravel_index, np.ravel_multi_index)

# What depends on the shape only
constant(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from)
constant(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.result_type)
constant(np.can_cast, np.min_scalar_type, np.iterable, np.may_share_memory, np.shares_memory)
constant(np.array_repr, np.array_str, np.array2string, np.spacing, np.nextafter)

refuse(np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values,
       because="it drops elements by value; take t[np.unique(t.data, return_index=True)[1]] instead.")  # fmt: skip
refuse(np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
       because="it takes elements as members of sets; use t[np.isin(t, others)], or np.concatenate.")  # fmt: skip
refuse(np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges,
       because="its counts do not change with the data, while edges found from the data do; pass t.detach().numpy(), "
               "or take np.bincount(np.digitize(t, edges), weights), which differentiates in weights.")  # fmt: skip
_WRITES = "it writes into an array in place; use "
refuse(np.fill_diagonal, because=f"{_WRITES}autograd_lite.numpy.fill_diagonal(t, value, inplace=False).")
refuse(np.put_along_axis, because=f"{_WRITES}autograd_lite.numpy.put_along_axis(t, indices, v, axis, inplace=False).")
refuse(np.put, because=f"{_WRITES}t.ravel().at[indices].set(values).reshape(t.shape).")
refuse(np.place, np.putmask, np.copyto, because=f"{_WRITES}t.at[mask].set(values), or np.where(mask, values, t).")
refuse(np.save, np.savez, np.savetxt, because="it needs plain values; pass t.detach().numpy().")
