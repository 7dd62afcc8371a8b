"""How fast messages are made, written and read, beside the libraries that people would use instead.

`make bench-csm` runs it. Every figure is a ratio to a peer that ran in the same rounds.
"""
