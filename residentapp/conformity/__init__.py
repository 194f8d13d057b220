"""Conformity table (適合表): which requirement is proved by which test, generated from the tests' own markers."""
