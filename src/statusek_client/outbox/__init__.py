"""The outbox: statuses that could not be delivered, kept in a file until they can.

`box` has the public class; `store` the file (its SQL in `queries.sql`); `delivery` what a delivery
does, post by post; `turn` who delivers; `keeper` the background; `late` what a late message says.
Only the package's names are re-exported here.
"""

from statusek_client.outbox.box import Outbox
from statusek_client.outbox.post import Flushed, Post

__all__ = ["Flushed", "Outbox", "Post"]
