"""Accounts, roles, places and the screens of the administration."""
