"""The second table: kinks, ties, guards, 0 * inf, and where formulas cancel or overflow, with the right answers.

Each row is a function of a NumPy-like namespace and one array, so that it runs on other libraries too
(``docs/make_singular_points.py``). The answers are written down and not computed; where several are right, as at a
kink, the row says between which; where ours is none of them, it says that too.
"""

from singular_points import arrays, far_out, kinks, products
from singular_points.row import OURS, Between, Point

#: Heading -> rows; the page of the documentation has the same.
SECTIONS: dict[str, list[Point]] = {
    "Kinks": kinks.KINKS,
    "Ties": kinks.TIES,
    "Guards": kinks.GUARDS,
    "Zero times infinity": products.ZERO_TIMES_INFINITY,
    "Powers": products.POWERS,
    "Ends of domains": products.ENDS,
    "Cancellation and overflow": far_out.FAR_OUT,
    "Single precision": far_out.SINGLE_PRECISION,
    "Reductions": arrays.REDUCTIONS,
    "Compositions, and infinite arguments": arrays.MORE_OF_WHAT_USERS_MEET,
    "Matrices": arrays.MATRICES,
}

POINTS = [point for points in SECTIONS.values() for point in points]

__all__ = ["OURS", "POINTS", "SECTIONS", "Between", "Point"]
