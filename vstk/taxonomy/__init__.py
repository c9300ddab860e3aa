"""The taxonomy: the labels that an audit can count, fixed before it begins.

Every label is a key of a taxonomy document. No other label can be stored or published, and
so no words of a log can be.
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
