"""Hand automatic decisions to machines, record their reports, and review samples of them."""
