"""Compile a pack: bind names to slots and encode rules for the engine."""
