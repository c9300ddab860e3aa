"""The registry: what is known about models, and the proof that they are the right ones.

A manifest is a document that travels with the code; weights belong to the
machine. Between the two stands a hash: what does not match it does not load.
`pull` fetches weights, and is the only thing in vstk that uses the network.
"""

from vstk.registry.bring import add, check_id, keep
from vstk.registry.manifest import Heads, HuggingFace, Manifest, Packages, get, manifests
from vstk.registry.pull import Progress, pull
from vstk.registry.weights import (
    heads_path,
    locate,
    measure,
    place,
    verify,
    words_path,
)

__all__ = [
    "Heads",
    "HuggingFace",
    "Manifest",
    "Packages",
    "Progress",
    "add",
    "check_id",
    "get",
    "heads_path",
    "keep",
    "locate",
    "manifests",
    "measure",
    "place",
    "pull",
    "verify",
    "words_path",
]
