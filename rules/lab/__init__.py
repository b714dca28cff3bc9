"""Tools for policy editors: they import the core, and nothing of the core imports them."""
