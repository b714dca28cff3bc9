"""Find and mask personal data in cases and free text."""
