"""転入: from the papers over the provisional entry and its approval to the register (RR-4.0.*, RR-4.1.1.*)."""
