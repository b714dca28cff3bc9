"""Where cases are decided, recorded and taken further, by people and by machines.

deciding     deciding, recording, batch, crew; known, obstacles, holds: why no machine may
people       outcomes, choices, mandates, levels, objections, promises, approvals, appeals, payments
machines     claims, executions, budgets, switches, bounds, goods, reviews, persons
going on     events, effects, facts, states, clocks, overdue, standing, cases, erasing, operators
projecting   projector: the row changes of each entry, which recording writes and audit follows
looking back timeline, replay, kept; lookups, course, verifying: what is looked up, held against the record
sight        which cases a caller sees; idempotency: a request with a key takes effect once
"""
