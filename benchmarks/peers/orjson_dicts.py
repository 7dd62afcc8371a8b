"""orjson on dicts, which checks nothing."""

import orjson

from benchmarks.peers.peer import Peer

PEER = Peer("orjson, dicts", orjson.dumps, orjson.loads, packages=("orjson",))
