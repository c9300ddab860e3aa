"""Runs of agents in benchmarks: tau-bench, Inspect, SWE-agent, Harbor.

Nobody of flesh and blood speaks in most of them, and none names a person.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier
from vstk.readers.speech import Said, role, said, turns
from vstk.readers.values import Record, dicts, inner, text_of


def _tau(record: Record) -> Draft:
    found = turns(record.get("traj"))
    return draft_of(found, record, user=None, id=None, thread=None)


TAU_BENCH = Format(
    name="tau-bench",
    title="tau-bench: trajectories with `traj`",
    identifies="nothing",
    marks=("traj",),
    matches=lambda record: isinstance(record.get("traj"), list),
    convert=_tau,
    form="whole",
    time=False,
    model=False,
    lost="tool calls",
)


def _inspect(record: Record) -> Draft:
    name = f"{identifier(record.get('id'))}-{identifier(record.get('epoch'))}"
    model = text_of(inner(record, "output"), "model")
    return draft_of(turns(record.get("messages")), record, user=None, id=name, model=model)


INSPECT = Format(
    name="inspect",
    title="Inspect: evaluation logs (`.json`, or `.eval`, which is a zip archive)",
    identifies="nothing",
    marks=("epoch",),
    matches=lambda record: isinstance(record.get("messages"), list) and "epoch" in record,
    convert=_inspect,
    form="whole",
    lost="reasoning, tool calls, scores",
)


def _swe(record: Record) -> Draft:
    found: list[Said] = []
    asked = False
    for message in dicts(record.get("history")):
        side = role(message.get("role"))
        if message.get("is_demo") is True or message.get("message_type") == "demonstration":
            continue
        if side == "user" and asked:  # after the task, what the shell printed
            side = "tool"
        asked = asked or side == "user"
        found += said(side, message.get("content"))
    return draft_of(found, record, user=None)


SWE_AGENT = Format(
    name="swe-agent",
    title="SWE-agent: trajectories (`.traj`) with their `history`",
    identifies="nothing",
    marks=("trajectory",),
    matches=lambda record: isinstance(record.get("history"), list) and "trajectory" in record,
    convert=_swe,
    form="whole",
    time=False,
    model=False,
    lost="demonstrations, thoughts",
)


def _atif(record: Record) -> Draft:
    found: list[Said] = []
    for step in dicts(record.get("steps")):
        source = step.get("source")
        if source not in ("user", "agent", "system"):
            raise Unusable("unknown-role")
        found += said(role(source), step.get("message"))
    agent = inner(record, "agent")
    first = dicts(record.get("steps"))[:1]
    return draft_of(
        found,
        record,
        *first,
        user=None,
        model=text_of(agent, "model_name"),
        id=text_of(record, "session_id"),
        thread=None,
    )


HARBOR = Format(
    name="harbor",
    title="Harbor: trajectories (ATIF) with `steps`",
    identifies="nothing",
    marks=("steps",),
    matches=lambda record: any(
        "source" in step and "message" in step for step in dicts(record.get("steps"))[:20]
    ),
    convert=_atif,
    form="whole",
    lost="reasoning, tool calls",
)
