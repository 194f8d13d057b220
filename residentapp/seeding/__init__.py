"""The invented town: a generator that fills the register with people who never lived."""
