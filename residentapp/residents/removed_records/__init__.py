"""除票用データベース: removed records (除票) of more than five years, kept apart until 150 years are over."""
