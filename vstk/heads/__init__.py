"""Heads: linear probes on a language model's hidden states, and all that training and audits share.

`model` holds the fitted models and their forward pass, `math` the functions that it is made of,
`file` the archives that they are kept in. Nothing here trains: `vstk.evaluate` does.
"""

from vstk.heads.file import load, load_naming, save, save_naming
from vstk.heads.model import (
    FORMAT,
    VECTORS,
    FacetHead,
    Heads,
    NamingModel,
    Platt,
    choices,
    is_choice,
    probabilities,
)

__all__ = [
    "FORMAT",
    "VECTORS",
    "FacetHead",
    "Heads",
    "NamingModel",
    "Platt",
    "choices",
    "is_choice",
    "load",
    "load_naming",
    "probabilities",
    "save",
    "save_naming",
]
