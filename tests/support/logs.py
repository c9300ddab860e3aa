"""Made-up logs."""

import json


def conversation(number: int, user: str, text: str) -> str:
    """One line of a log in OpenAI chat form."""
    return json.dumps(
        {
            "id": f"c-{number}",
            "user": user,
            "created_at": "2026-08-01T10:00:00Z",
            "messages": [
                {"role": "user", "content": text},
                {"role": "assistant", "content": "Here is a careful answer that may help you."},
            ],
        }
    )
