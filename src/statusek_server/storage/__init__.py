"""Storages: where instances live. A storage takes calls and returns outcomes; SQL stays inside."""
