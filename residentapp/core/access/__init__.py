"""Users, places, permissions and login (RR-10.3, RR-10.4)."""
