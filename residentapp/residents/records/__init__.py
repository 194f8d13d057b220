"""Screens of one resident and one household: what is recorded now, what was recorded then, and what changed."""
