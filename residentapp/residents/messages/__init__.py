"""連携: which messages a change of the register causes, and what officers see and do of them (RR-7.1, RR-7.2)."""
