"""Importing: a database of the original service is read, and what it holds is taken over."""
