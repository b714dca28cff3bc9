"""The policy language: vocabulary, conditions, formulas, policies with tables and exceptions, text blocks."""
