"""A recommendation laid out for a person to read."""
