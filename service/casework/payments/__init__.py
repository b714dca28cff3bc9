"""Earlier payments and benefits of a case or order, and the references of payments."""
