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
    public_chats,
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
        public_chats.LLM,
        public_chats.OPEN_ASSISTANT,
        public_chats.FASTCHAT,
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
        public_chats.WILDCHAT,
        public_chats.LMSYS,
        public_chats.SHAREGPT,
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
