"""The shared kernel. It imports no domain module (checked by import-linter)."""
