"""The life of a case: its events, deadlines and timeline."""
