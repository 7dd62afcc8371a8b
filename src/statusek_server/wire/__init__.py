"""The wire: the only modules that know the JSON keys of the two dialects."""
