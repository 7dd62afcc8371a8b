"""Once: what PostgreSQL remembers of calls that came with a key.

Here lives what becomes of a call whose key another one has stored meanwhile. The statement that
makes a change stores its key, too; what a key is lives in ``instances``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from statusek_server.outcomes import Code
from statusek_server.rules import Verdict
from statusek_server.storage.instances import Once
from statusek_server.storage.postgres_pool import SQL, Pool, driver

T = TypeVar("T")


async def call_once(pool: Pool, once: Once | None, call: Callable[[], Awaitable[T]]) -> T:
    """Make a call; where another with its key was stored meanwhile, that one's counts."""
    try:
        return await call()
    except driver.UniqueViolationError as error:
        if once is None or error.constraint_name != "idempotency_key_pkey":
            raise
        # The key is seen by now; one that is too old to count is in the way.
        await pool.execute(SQL["forget_key"], once.key)
        return await call()


async def verdict_before(pool: Pool, once: Once) -> Verdict | None:
    """Return the verdict for a call whose key came before; None where it did not."""
    body: bytes | None = await pool.fetchval(SQL["get_key"], once.key)
    if body is None:
        return None
    is_same = body == once.body
    return Verdict(Code.SUCCESS if is_same else Code.IDEMPOTENCY_KEY_IS_REUSED)
