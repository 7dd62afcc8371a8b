"""How fast the server is, beside its own database in the same run."""
