"""The registry: manifests of models, and weights verified against them.

A manifest is a document that comes with the code; weights are files on the machine.
Weights load only if their size and SHA-256 are those of the manifest. `pull` downloads
them, and is the only operation of vstk that uses the network.
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
