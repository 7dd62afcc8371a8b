"""How the serializer does it: JSON keys, reading, writing, diagnosis, schema.

Nothing here is public; `csm.serializer` is the door.
"""
