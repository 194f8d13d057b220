"""Masters of the own municipality that every business uses: the municipality itself, its certifiers and seals."""
