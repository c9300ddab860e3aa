"""What the shipped sheet says of tables, and the English texts: what the report is given."""

from functools import partial

from vstk import sheet as sheets
from vstk.report import write
from vstk.report.texts import load

WORDS = sheets.load("sheet-2").report_words
TEXTS = load()

write_report = partial(write, words=WORDS)
"""`vstk.report.write` with the words of the shipped sheet."""
