"""Taylor series: of functions, in one pass; over intervals, with guaranteed remainders; and what is built on them."""
