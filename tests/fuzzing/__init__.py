"""The fuzzer of `csm`: inputs from seeds, what must hold of each, and campaigns of millions.

`make fuzz-csm` runs it for long, `test_fuzzing` for a moment. An input is a pure function of its
target, a seed and a number, so that every failure can be had again.
"""
