"""64-bit fingerprints of parts of a state, the same on every machine, Python and hash seed.

A state's fingerprint is the exclusive-or of the fingerprints of its parts (Zobrist hashing), so a change of one part
costs two exclusive-ors and is undone by the same two.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b


@lru_cache(maxsize=1 << 16)
def part(*values: object) -> int:
    """The fingerprint of one part of a state, given as a tag and plain values (text, integers, ``None``, tuples)."""
    return int.from_bytes(blake2b(repr(values).encode(), digest_size=8).digest(), "big")
