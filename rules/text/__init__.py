"""YAML text to nodes with positions, and problems as values."""
