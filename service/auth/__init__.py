"""Who calls, and what a role permits."""
