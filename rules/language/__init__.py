"""What a pack can say: vocabulary, conditions, formulas, policies with their tables and exceptions, words."""
