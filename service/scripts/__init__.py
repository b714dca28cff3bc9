"""Scripts for the maintainers of the packs; the service does not import them."""
