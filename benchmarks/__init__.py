"""Benchmarks: figures as ratios against peers that run beside the subject, in the same run."""
