"""Logs -> Conversation: the room where somebody else's files become our nouns.

A format is a row of `FORMATS`: a name, how to know a record of it, and how to
make a conversation of one. Add yours there (docs/how-to/read-another-log-format.md).
What is wrong with one record is a counted reject with a reason code; what is
wrong with a whole file that somebody named is `InputUnreadable`. Neither quotes
the log.
"""

from __future__ import annotations

from vstk.readers.folder import files
from vstk.readers.reading import FORMATS, REASONS, read, sniff
from vstk.readers.repeats import is_content_id
from vstk.readers.survey import FileSurvey, Survey, survey

__all__ = [
    "FORMATS",
    "REASONS",
    "FileSurvey",
    "Survey",
    "files",
    "is_content_id",
    "read",
    "sniff",
    "survey",
]
