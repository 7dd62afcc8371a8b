"""Faults and attacks: what is done to a real server on a real database, and what it makes of it.

Every module here does one kind of harm, as often as it is told, and returns findings. The tests do
it a few times; ``make faults-server`` does it in earnest and writes docs/reliability.md.
"""
