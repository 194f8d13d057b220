"""統合記載欄: history made by each change (A), notes about a change (B), other remarks (C) (RR-1.1.14)."""
