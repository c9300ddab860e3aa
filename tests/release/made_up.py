"""Made-up labelled conversations."""

from vstk.types import LabelledConversation


def conversation(
    unit: str, key: str, values: str = "", response: str = "", harmful: bool = False
) -> LabelledConversation:
    return LabelledConversation(
        unit_id=unit,
        key=key,
        labels={
            "ai_value": tuple(values),
            "response_type": tuple(response),
            "harmful_values": ("yes",) if harmful else (),
        },
    )
