"""管理: users, roles, places, login, and the screen of the audit log."""
