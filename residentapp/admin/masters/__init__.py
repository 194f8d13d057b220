"""Upkeep of the masters that every business uses: the municipality, certifiers, seals, free codes, eras."""
