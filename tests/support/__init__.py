"""Helpers of the tests: a throw-away PostgreSQL, a clock to set, fonts, a server for the browser."""
