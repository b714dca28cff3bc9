"""What was paid and given before, and the references of payments."""
