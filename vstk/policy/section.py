"""What all sections of a policy share: strictness, and exact numbers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    field_validator,
)


class Section(BaseModel):
    """A frozen section; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_not_boolean(cls, value: Any, info: ValidationInfo) -> Any:
        # YAML reads `yes` as a boolean, which would otherwise be accepted as the number 1.
        expected = cls.model_fields[info.field_name].annotation if info.field_name else None
        if isinstance(value, bool) and expected is not bool:
            raise ValueError("must be a number or text, not a boolean")
        return value


def _exact(value: Any) -> Any:
    """Convert the text of a number to a decimal, so that 0.1 is exactly one tenth."""
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ValueError("must be a number") from None
        if not number.is_finite():
            raise ValueError("must be a finite number")
        return number
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact)]
