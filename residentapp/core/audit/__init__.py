"""The audit log: who did what to whose record, when and where (RR-10.2)."""
