"""Tests of the notices to households that their head has left."""
