"""YAML text to trees that know where each thing stands, and what is wrong with it as values."""
