"""The events of a case, its deadlines, payments by hand, timeline and erasure."""
