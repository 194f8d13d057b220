"""Tests of the notices of 住民票コード."""
