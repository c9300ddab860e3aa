"""The registry: what is known about models, and the proof that they are the right ones.

A manifest is a document that travels with the code; weights belong to the
machine. Between the two stands a hash: what does not match it does not load.
`pull` fetches weights, and is the only thing in vstk that uses the network.
"""

from vstk.registry.add_model import add, check_id, keep
from vstk.registry.manifest import HeadsManifest, HuggingFace, Manifest, Packages, get, manifests
from vstk.registry.pull import Progress, pull
from vstk.registry.weights import (
    heads_path,
    locate,
    size_and_sha256,
    verify,
    weights_path,
    words_path,
)

__all__ = [
    "HeadsManifest",
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
    "pull",
    "size_and_sha256",
    "verify",
    "weights_path",
    "words_path",
]
