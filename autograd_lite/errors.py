"""Every exception and warning of the package, in one tree.

    AutogradLiteError
    ├── NotDifferentiableError      (TypeError)       a function, or one of its arguments, has no derivative rule
    ├── UnsupportedArgumentError    (TypeError)       a keyword such as ``out=`` that a recorded call cannot honour
    ├── DtypeError                  (TypeError)       integers, booleans or complex numbers where they cannot be
    ├── DetachError                 (TypeError)       a conversion that would silently cut the graph
    ├── InPlaceError                (TypeError)       assignment into a Tensor; an array changed since it was recorded
    ├── ShapeError                  (ValueError)      a cotangent, tangent or output of the wrong shape
    ├── StructureError              (ValueError)      containers of arguments or results that do not match
    ├── GraphError                  (RuntimeError)    a sweep that has nothing to run over
    │   ├── GraphFreedError                           ... because an earlier sweep released the saved arrays
    │   └── SupersededError                           ... because a leaf's array was updated in place since
    ├── NaNError                    (ArithmeticError) raised under ``debug()``: where a NaN or infinity was born
    ├── DrawingError                (RuntimeError)    a picture that could not be rendered or written
    └── GradientCheckError          (AssertionError)  a derivative that disagrees with finite differences

    PrecisionLossWarning            (RuntimeWarning)  Taylor coefficients that have lost digits by cancellation
    SingularPointWarning            (RuntimeWarning)  a 0 * inf in the sweep was taken as 0 by convention

Each inherits the built-in exception that NumPy users would expect, so ``except TypeError`` keeps working.
"""


class AutogradLiteError(Exception):
    """Base of everything this package raises on purpose."""


class NotDifferentiableError(AutogradLiteError, TypeError):
    """A function, or one of its arguments, has no derivative rule."""


class UnsupportedArgumentError(AutogradLiteError, TypeError):
    """An argument that a recorded call cannot honour, such as ``out=`` or ``where=``."""


class DtypeError(AutogradLiteError, TypeError):
    """A dtype that has no derivative (integer, boolean, object), or complex numbers where only real ones have one."""


class DetachError(AutogradLiteError, TypeError):
    """A conversion that would cut the graph without a word."""


class InPlaceError(AutogradLiteError, TypeError):
    """Assignment into a Tensor, or (noticed under ``debug()``) into an array that a recorded operation has read."""


class ShapeError(AutogradLiteError, ValueError):
    """A cotangent, a tangent or an output that has the wrong shape."""


class StructureError(AutogradLiteError, ValueError):
    """Containers of arguments, tangents or results that do not match."""


class GraphError(AutogradLiteError, RuntimeError):
    """A sweep that has nothing to run over."""


class GraphFreedError(GraphError):
    """A sweep over a graph whose saved arrays an earlier sweep released."""


class SupersededError(GraphError):
    """A sweep that reached a leaf whose array has been updated in place since it was recorded."""


class NaNError(AutogradLiteError, ArithmeticError):
    """A NaN or infinity in a value or in a requested gradient, with the operation in which it was born."""


class DrawingError(AutogradLiteError, RuntimeError):
    """A picture that could not be rendered or written."""


class GradientCheckError(AutogradLiteError, AssertionError):
    """A derivative that disagrees with finite differences."""


class PrecisionLossWarning(RuntimeWarning):
    """Taylor coefficients that have lost more digits by cancellation than may be overlooked."""


class SingularPointWarning(RuntimeWarning):
    """A product 0 * inf in the sweep was taken as 0 by convention (``docs/design.md``, zero times infinity)."""
