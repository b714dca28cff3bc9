"""Types of facts, exact money, calendars, and the named functions of derived facts."""
