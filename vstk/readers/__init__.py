"""Logs -> Conversation: files of other programs become vstk's own types.

A format is a row of `FORMATS`: a name, how to recognise a record of it, and how to
make a conversation of one (docs/how-to/read-another-log-format.md). A record that cannot
be used is counted as a reject with a reason code; a named file that cannot be read at
all raises `InputUnreadable`. Neither quotes the log.

A log is read twice: `index` learns what it holds, and `LogIndex.conversations` reads the
conversations that are asked for.
"""

from __future__ import annotations

from vstk.readers.columns import is_content_id
from vstk.readers.folder import files
from vstk.readers.formats import FORMATS
from vstk.readers.log_index import IndexedConversation, LogIndex
from vstk.readers.mapping import by_function, mapped, plugged_in, read_map
from vstk.readers.reading import index, read
from vstk.readers.reasons import REASONS
from vstk.readers.scanning import Options
from vstk.readers.survey import FileSurvey, Survey, sniff, survey, survey_of

__all__ = [
    "FORMATS",
    "REASONS",
    "FileSurvey",
    "IndexedConversation",
    "LogIndex",
    "Options",
    "Survey",
    "by_function",
    "files",
    "index",
    "is_content_id",
    "mapped",
    "plugged_in",
    "read",
    "read_map",
    "sniff",
    "survey",
    "survey_of",
]
