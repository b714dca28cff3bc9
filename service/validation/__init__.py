"""What comes in from outside, read strictly: JSON, files, cases, and every fault with its place."""
