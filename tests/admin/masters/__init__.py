"""Tests of the masters' screens."""
