"""A status message for people: `csm.render.text` as text."""
