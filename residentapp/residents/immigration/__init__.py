"""出入国在留管理庁: its notices, what was sent to it and came of it, and terms of stay (RR-4.5.6, RR-4.5.7)."""
