"""What every part of a question sheet has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen, and a misspelt key is an error rather than a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)
