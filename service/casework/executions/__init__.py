"""Hand automatic decisions to machines, and record their reports."""
