"""From the files of a pack to a program: names bound, conditions encoded for the engine."""
