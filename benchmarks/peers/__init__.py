"""The libraries that the benchmarks compare with, each used as its own documentation shows.

One module per library, which declares a status message with that library's means and returns a
`Peer`. Nothing is measured here.
"""
