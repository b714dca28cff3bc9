"""From a decided case to the recommendation that people and programs read."""
