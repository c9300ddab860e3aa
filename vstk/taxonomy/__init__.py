"""The taxonomy: the words that an audit may count, agreed on before it begins.

A label is a key of one of these documents or it does not exist. That is what
keeps the words of a log out of everything after this room.
"""

from vstk.taxonomy.lexicon import Words, words
from vstk.taxonomy.published import import_published
from vstk.taxonomy.tree import LEVELS, WATCH, Label, Taxonomy, canonical, load, names

__all__ = [
    "LEVELS",
    "WATCH",
    "Label",
    "Taxonomy",
    "Words",
    "canonical",
    "import_published",
    "load",
    "names",
    "words",
]
