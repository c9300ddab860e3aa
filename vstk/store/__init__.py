"""The store: the labels of one audit, in one SQLite file that holds no text of a log.

It holds keyed hashes, labels of a closed vocabulary, periods, declared segments and the day
on which each conversation was stored. It can be encrypted.
"""

from vstk.store import encryption
from vstk.store.counts import Counts
from vstk.store.labels import Store

__all__ = ["Counts", "Store", "encryption"]
