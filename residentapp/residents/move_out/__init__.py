"""転出 and its life: papers, the day on which it takes effect, the notice of the move-in elsewhere, and its absence."""
