"""From a case to its worlds: facts, matched rules, resolved answers, settlement, and the tree of possible worlds."""
