"""An index of a log: what one pass over it can learn, without keeping any text.

The first pass parses every record once. It finds each record's format, which records
belong to one conversation and which repeat others, and keeps their ids, times and places
in columns of numbers. Which conversations to audit can be chosen from that. The second
pass then converts only the records of the chosen ones. The file is longer than 300 lines
because both passes share those columns.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from vstk.errors import InputUnreadable
from vstk.readers import groups, raw
from vstk.readers.columns import (
    FORMS,
    KINDS,
    NO_TIME,
    NOBODY,
    PIECE,
    Columns,
    Spot,
    time_of,
    turns_of,
)
from vstk.readers.draft import Draft
from vstk.readers.merging import merged
from vstk.readers.places import state_of
from vstk.readers.reasons import REASONS
from vstk.readers.scanning import Log, Options, Scanner, draft_at
from vstk.types import Conversation, Reject, Source, UnitKind

MAX_HELD = 256 * 1024 * 1024
"""Characters of unfinished conversations that are held at once. A conversation for which
there is no room is read in another pass."""

_CODES = tuple(REASONS)
_CODE_OF = {reason: code for code, reason in enumerate(_CODES)}


class IndexedConversation(NamedTuple):
    """A conversation as the index has it: everything but its text."""

    number: int
    """Its number in the index, for `LogIndex.conversations`."""

    id: str
    user: str | None
    unit_kind: UnitKind
    started_at: datetime | None


class LogIndex:
    """The conversations of a log: who had them, when, and where their records stand.

    Made by `index`.
    """

    def __init__(self, options: Options) -> None:
        self.logs: list[Log] = []
        self.strangers: list[str] = []
        """Names of files in folders that are of no known format."""

        self._options = options
        self._columns = Columns()
        self._states: list[tuple[int, int]] = []
        self._contents: set[int] = set()
        self._copies: set[int] = set()
        """Files whose every record is the same as in a file before: nothing of them counts."""

        self._rejects = (array("I"), array("Q"), array("B"))
        """File, item and reason of each record that is no conversation."""

        # By conversation: its records in order, in one column with the ends in another.
        self._records, self._ends = array("I"), array("Q")
        self._named_by, self._suffix = array("I"), array("I")
        self._begun_at: dict[int, int] = {}
        """Times of conversations whose own records have none."""

    def __len__(self) -> int:
        return len(self._ends)

    def _records_of(self, number: int) -> array[int]:
        return self._records[self._ends[number - 1] if number else 0 : self._ends[number]]

    def __iter__(self) -> Iterator[IndexedConversation]:
        """Every conversation, without its text."""
        for number in range(len(self)):
            user, kind = self._person(number)
            yield IndexedConversation(number, self._id(number), user, kind, self._begun(number))

    def _person(self, number: int) -> tuple[str | None, UnitKind]:
        who = self._columns.user[self._records_of(number)[0]]
        if who == NOBODY:
            return None, KINDS[-1]
        kind, user = self._columns.people[who]
        return user, kind

    def _id(self, number: int) -> str:
        record, suffix = self._named_by[number], self._suffix[number]
        name = self._columns.name(record)
        return f"{name}~{suffix + 1}" if suffix else name

    def _begun(self, number: int) -> datetime | None:
        records = (*self._records_of(number), self._named_by[number])
        times = [at for n in records if (at := self._columns.time[n]) != NO_TIME]
        return time_of(min(times) if times else self._begun_at.get(number, NO_TIME))

    def rejects(self) -> Iterator[Reject]:
        """Every record that was passed over, once, in the order of the log."""
        for name in sorted(self.strangers):
            yield _reject(name, 1, "unknown-format")
        for file, item, code in sorted(zip(*self._rejects, strict=True)):
            yield _reject(self.logs[file].place.name, item, _CODES[code])

    def conversations(self, numbers: Collection[int] | None = None) -> Iterator[Conversation]:
        """Read conversations in a second pass over the files that hold them.

        Args:
            numbers: which ones, by their numbers in the index; `None` for all.

        Raises:
            InputUnreadable: a file has changed since it was indexed.
        """
        wanted = set(range(len(self))) if numbers is None else set(numbers)
        while wanted:
            later: set[int] = set()
            yield from self._pass(wanted, later)
            wanted = later

    def _pass(self, wanted: Collection[int], later: set[int]) -> Iterator[Conversation]:
        home: dict[int, int] = {}
        for number in wanted:
            for record in self._records_of(number):
                home[record] = number
        open_ones: dict[int, dict[int, tuple[Source, Draft]]] = {}
        held = 0
        for record, source, draft in self._read(sorted(home)):
            number = home[record]
            if number in later:
                continue
            group = open_ones.setdefault(number, {})
            group[record] = (source, draft)
            held += self._columns.size[record]
            if len(group) == len(self._records_of(number)):
                del open_ones[number]
                held -= sum(self._columns.size[n] for n in group)
                yield self._whole(number, group)
            while held > MAX_HELD and len(open_ones) > 1:
                number, group = open_ones.popitem()
                held -= sum(self._columns.size[n] for n in group)
                later.add(number)
        if open_ones:
            raise _changed(self.logs[self._columns.file[next(iter(home))]])

    def _whole(self, number: int, group: dict[int, tuple[Source, Draft]]) -> Conversation:
        records = self._records_of(number)
        drafts = [group[n][1] for n in records]
        pieces = [self._columns.form[n] == PIECE for n in records]
        user, kind = self._person(number)
        return Conversation(
            source=group[records[0]][0],
            id=self._id(number),
            user=user,
            unit_kind=kind,
            started_at=self._begun(number),
            turns=merged(list(zip(drafts, pieces, strict=True))),
            model=next((d.model for d in drafts if d.model), None),
            team=next((d.team for d in drafts if d.team), None),
        )

    def _read(self, records: Sequence[int]) -> Iterator[tuple[int, Source, Draft]]:
        begin = 0
        while begin < len(records):
            file, end = self._columns.file[records[begin]], begin
            while end < len(records) and self._columns.file[records[end]] == file:
                end += 1
            yield from self._read_file(file, records[begin:end])
            begin = end

    def _read_file(self, file: int, records: Sequence[int]) -> Iterator[tuple[int, Source, Draft]]:
        """Convert the given records of one file; its other records are not even parsed."""
        log = self.logs[file]
        self._check(file)
        scanner = Scanner(self._options)
        waiting = iter(records)
        record = next(waiting, None)
        for item in raw.items(log.place, log.layout, self._options.query):
            if record is None:
                return
            if self._columns.item[record] != item.number:
                continue
            parts = list(scanner.parts(item))
            while record is not None and self._columns.item[record] == item.number:
                part = self._columns.part[record]
                draft = draft_at(parts, part)
                if draft is None or turns_of(draft) != self._columns.turns(record):
                    raise _changed(log)
                yield record, Source(file=log.place.name, line=item.number), draft
                record = next(waiting, None)
        if record is not None:
            raise _changed(log)

    def _check(self, file: int) -> None:
        """A log that is still written to may grow; one that changes otherwise is refused."""
        log, (size, changed) = self.logs[file], self._states[file]
        try:
            size_now, changed_now = state_of(log.place)
        except OSError:
            raise _changed(log) from None
        if size_now < size or (size_now == size and changed_now != changed):
            raise _changed(log)

    def scan(self, log: Log) -> bool:
        """The first pass over one file; whether any record is of a known format."""
        file = len(self.logs)
        self.logs.append(log)
        self._states.append(state_of(log.place))
        scanner = Scanner(self._options)
        columns = self._columns
        known = False
        content = 0
        for item in raw.items(log.place, log.layout, self._options.query):
            data = item.data
            content = hash((content, data if isinstance(data, bytes) else repr(data)))
            if not known and item.number > self._options.sample:
                return False
            for part, (format, draft) in enumerate(scanner.parts(item)):
                if format is not None:
                    known = True
                    log.formats[format.name] += 1
                if isinstance(draft, str):
                    self._note(file, item.number, draft)
                    continue
                assert format is not None
                form = draft.form or format.form
                keys = log.keys(draft, format, form)
                if format.owner and draft.user is None and form != "context":
                    draft.unit_kind, draft.user = log.owner
                reason = _CODE_OF[draft.reason]
                columns.add(Spot(file, item.number, part), draft, FORMS.index(form), keys, reason)
        if content in self._contents:
            self._copies.add(file)
        self._contents.add(content)
        return known

    def _note(self, file: int, item: int, reason: str) -> None:
        for column, value in zip(self._rejects, (file, item, _CODE_OF[reason]), strict=True):
            column.append(value)

    def forget(self) -> None:
        """Take back the last file, of which no record is of a known format."""
        file = len(self.logs) - 1
        self.logs.pop()
        self._states.pop()
        files = self._rejects[0]
        while files and files[-1] == file:
            for column in self._rejects:
                column.pop()

    def settle(self) -> None:
        """Join the records to conversations; called once, after the last file."""
        columns = self._columns

        def left_out(number: int, reason: str) -> None:
            reason = reason or _CODES[columns.reason[number]]
            self._note(columns.file[number], columns.item[number], reason)

        found = sorted(
            groups.grouped(columns, self._copies, left_out, separate=self._options.separate),
            key=lambda group: min(group.records),
        )
        taken: Counter[tuple[int, int]] = Counter()
        suffix: dict[int, int] = {}
        # A thread keeps its id for itself; of records that share an id by chance the first does.
        threads_first = sorted(range(len(found)), key=lambda n: -columns.named[found[n].name_of])
        for number in threads_first:
            group = found[number]
            if columns.named[group.name_of]:
                name = (columns.user[group.records[0]], hash(columns.name(group.name_of)))
                suffix[number] = taken[name]
                taken[name] += 1
        repeated: Counter[int] = Counter()
        for number, group in enumerate(found):
            self._records.extend(group.records)
            self._ends.append(len(self._records))
            self._named_by.append(group.name_of)
            if group.begun != NO_TIME and all(columns.time[n] == NO_TIME for n in group.records):
                self._begun_at[number] = group.begun
            more = suffix.get(number)
            if more is None:
                name_hash = hash(columns.name(group.name_of))
                more = repeated[name_hash]
                repeated[name_hash] += 1
            self._suffix.append(more)


def _reject(file: str, line: int, reason: str) -> Reject:
    return Reject(source=Source(file=file, line=line), step="read", reason=reason)


def _changed(log: Log) -> InputUnreadable:
    return InputUnreadable(
        f"'{log.place.name}' has changed while it was read.",
        remedy="read a copy that nothing writes to.",
    )
