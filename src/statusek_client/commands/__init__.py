"""More commands of `statusek`, a module each: run, wait, watch, list.

Only commands live here, with what they show; what they ask the server for is in the client.
"""
