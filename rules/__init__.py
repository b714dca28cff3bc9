"""The pure core: text and facts in, values out. A folder imports only those above it.

text          YAML text to trees with positions, and problems as values
values        the types of facts, exact money, the calendar, the named functions of derived facts
language      what a pack can contain: vocabulary, conditions, formulas, policies, tables, exceptions, words
compiling     a pack from its files: bound, encoded for the engine, compiled
engine        durable_rules in its safe subset
deciding      facts, matching rules, hit policies, settling, worlds
recommending  the recommendation: remedy, responsibility, deadlines, reasons, missing facts, words
decide        one decision, from a case to its recommendation
lab           tools for policy editors, imported by none of the others
"""
