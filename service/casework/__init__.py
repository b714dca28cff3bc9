"""Cases: what is decided about them, who carries it out, and how they go on.

limits       budgets, switches, holds and approval authority
payments     what was paid or given before, and references of payments
projection   the row changes of each entry: recording writes them, audit follows them
decisions    a case is numbered, decided and recorded
executions   machines claim automatic decisions and report on them
outcomes     people accept, change, approve or appeal
cases        events, deadlines, the timeline, erasing
"""
