"""Cases: their decisions, the outcomes that people take, executions by machines, and events.

limits       budgets, switches, holds and approval authority
payments     earlier payments and benefits, and the references of payments
projection   the row changes of each entry: recording writes them, the audit compares them
decisions    number, decide and record cases
executions   machines claim automatic decisions and report on them
outcomes     people accept, change, approve or appeal against decisions
cases        events, deadlines, the timeline, erasure
"""
