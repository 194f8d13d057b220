"""メモ: what clerks note about a person for each other; never on a certificate (RR-1.1.15)."""
