"""The question sheet: what is asked of every conversation, and what is published, as a document.

Questions are data, so that changing one is a change that a hash shows and
nobody has to read code to know what was asked.
"""

from vstk.sheet.load import load, names
from vstk.sheet.model import FacetQuestion, Reading, Sheet
from vstk.sheet.tables import SheetTable

__all__ = ["FacetQuestion", "Reading", "Sheet", "SheetTable", "load", "names"]
