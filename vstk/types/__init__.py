"""The data that passes between rooms, as frozen dataclasses of the standard library.

    Conversation -> ScrubbedConversation -> Extraction -> Observation -> Release

Only the first two hold text, and neither is ever written to disk.
"""

from vstk.types.conversations import (
    Answer,
    Conversation,
    Extraction,
    Facet,
    LabelledConversation,
    Observation,
    OnReject,
    Reject,
    RejectStep,
    Role,
    ScrubbedConversation,
    Source,
    Turn,
    UnitKind,
)
from vstk.types.published import (
    Bounds,
    Claims,
    Comparison,
    Confusion,
    Difference,
    Guarantee,
    LabelError,
    Quality,
    Release,
    Row,
    RowKey,
    Statement,
    Table,
)

__all__ = [
    "Answer",
    "Bounds",
    "Claims",
    "Comparison",
    "Confusion",
    "Conversation",
    "Difference",
    "Extraction",
    "Facet",
    "Guarantee",
    "LabelError",
    "LabelledConversation",
    "Observation",
    "OnReject",
    "Quality",
    "Reject",
    "RejectStep",
    "Release",
    "Role",
    "Row",
    "RowKey",
    "ScrubbedConversation",
    "Source",
    "Statement",
    "Table",
    "Turn",
    "UnitKind",
]
