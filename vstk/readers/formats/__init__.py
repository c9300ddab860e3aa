"""The table of formats. Where a record fits two, the upper one is taken."""

from __future__ import annotations

from collections.abc import Mapping

from vstk.readers.draft import Format
from vstk.readers.formats import (
    calls,
    chat,
    chatgpt_export,
    claude_export,
    coding_agents,
    compliance_api,
    copilot_365,
    gateways,
    librechat,
    open_webui,
    rows,
    spans,
    support,
    traces,
    trajectories,
)

FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        chatgpt_export.FORMAT,
        claude_export.FORMAT,
        compliance_api.FORMAT,
        open_webui.FORMAT,
        librechat.FORMAT,
        coding_agents.CLAUDE_CODE,
        coding_agents.CODEX,
        coding_agents.GEMINI_CLI,
        coding_agents.AIDER,
        copilot_365.FORMAT,
        support.COPILOT_STUDIO,
        support.INTERCOM,
        support.ZENDESK,
        support.SUNSHINE,
        support.RASA,
        support.DIFY,
        rows.LLM,
        rows.OPEN_ASSISTANT,
        rows.FASTCHAT,
        calls.VERTEX,
        traces.MLFLOW,
        traces.LANGSMITH,
        gateways.BEDROCK,
        gateways.LITELLM,
        gateways.APIM,
        gateways.AZURE,
        trajectories.TAU_BENCH,
        trajectories.INSPECT,
        trajectories.SWE_AGENT,
        trajectories.HARBOR,
        rows.WILDCHAT,
        rows.LMSYS,
        rows.SHAREGPT,
        traces.LANGFUSE,
        spans.SPANS,
        calls.CALLS,
        calls.BATCH,
        chat.ANTHROPIC,
        chat.CHAT,
        rows.MESSAGES,
        rows.EXCHANGES,
    )
}
"""Every format by name."""
