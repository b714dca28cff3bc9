"""The pure core: text and facts in, values out. Each room knows only those before it.

text       YAML text to trees that know where each thing stands, and problems as values
values     what facts can be: types, exact money, days and working hours, the named functions of derived facts
language   what a pack can say: vocabulary, conditions, formulas, policies, tables, exceptions, words
           load, pack, program and encode put a pack together; engine and match find the rules that are true
deciding   from a case to its recommendation; decide tells the story
lab        tools for policy editors, imported by none of the others
"""
