"""From a case to its recommendation: facts, who speaks, what adds up, what else could be, and why."""
