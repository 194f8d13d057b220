"""Notices about changes that are in the register: 住民異動届受理通知 (RR-4.1.0.3)."""
