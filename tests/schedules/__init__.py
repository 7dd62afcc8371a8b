"""Fault schedules: whole conversations of both clients with servers on bad days, drawn from seeds.

After each conversation, what the client has told its caller is held against what the server holds.
The tests do a few; ``make faults-client`` does ten thousand and says what came of them.
"""
