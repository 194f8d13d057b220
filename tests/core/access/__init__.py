"""Users, permissions, login, and the gate before every view."""
