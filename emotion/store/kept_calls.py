"""Kept calls: saved, listed, searched, opened, exported and deleted, each as somebody.

Who may see what is decided here, by `KeptCalls(store, actor)`, whatever a page shows.
"""

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from emotion.errors import StoreError
from emotion.store import call_search
from emotion.store.access import Actor, Role
from emotion.store.accounts import enrol
from emotion.store.database import Store, add_once, record
from emotion.store.deletion import forget, forget_person
from emotion.store.drafts import KINDS, Draft, Filter
from emotion.store.schema import (
    Account,
    KeptCall,
    KeptConsent,
    KeptMoment,
    KeptNote,
    Person,
    new_identifier,
)
from emotion.store.schema import Retention as Rule

if TYPE_CHECKING:
    # Only brought in where readings are: who deletes calls or lists them needs none.
    import pandas as pd

PAGE = 50
"""Calls of one page of the history."""

EXPORTED = (
    *("call", "customer", "started_at", "kind", "title", "product"),
    *("consent_by", "consent_at", "consent_statement"),
)
"""Columns of an export before those of the readings."""

DEFAULT_DAYS = 365
"""Days that a call is kept where no rule says otherwise."""


class KeptCalls:
    """The kept calls as one actor may see them."""

    def __init__(self, store: Store, actor: Actor) -> None:
        """See the store as somebody.

        Args:
            store: The database.
            actor: Who asks.
        """
        self._store, self.actor = store, actor

    def save(self, draft: Draft) -> str:
        """Keep a call; it is there whole when this returns, or not at all.

        Returns:
            Its identifier.

        Raises:
            StoreError: If the draft makes no sense, or the database cannot be written.
        """
        if draft.kind not in KINDS:
            raise StoreError(f"A call is {' or '.join(KINDS)}. Received: {draft.kind!r}.")
        if "time" not in draft.readings:
            raise StoreError("The readings of a call need a column 'time'.")
        blob, key = self._store.vault.close(_packed(draft.readings))
        now = datetime.now(UTC)
        with self._store.session() as session:
            enrol(session, self.actor)
            call = KeptCall(
                owner=self.actor.subject,
                person_id=self._customer(session, draft.customer),
                kind=draft.kind,
                title=draft.title,
                product=draft.product,
                started_at=draft.started_at,
                saved_at=now,
                expires_at=self._end(session, draft.kind, now),
                duration=draft.duration,
                satisfaction=draft.satisfaction,
                dominant=draft.dominant,
                face_coverage=draft.face_coverage,
                voice_coverage=draft.voice_coverage,
                readings=blob,
                key=key,
                notes=[KeptNote(time=n.time, label=n.label, text=n.text) for n in draft.notes],
                moments=[
                    KeptMoment(time=m.time, kind=m.kind, change=m.change, comment=m.comment)
                    for m in draft.moments
                ],
                consents=[
                    KeptConsent(
                        confirmed_by=c.confirmed_by, confirmed_at=c.confirmed_at, text=c.text
                    )
                    for c in draft.consents
                ],
            )
            session.add(call)
            session.flush()
            record(session, self.actor.subject, "save", "call", call.id)
            return call.id

    def end(self, kind: str) -> datetime | None:
        """When a call goes that this actor saves now; None for never.

        Args:
            kind: One of `emotion.store.drafts.KINDS`.
        """
        with self._store.session() as session:
            return self._end(session, kind, datetime.now(UTC))

    def has(self, draft: Draft) -> bool:
        """Whether this actor has kept a call that began at the same second and lasted as long.

        Args:
            draft: To look for.
        """
        second = draft.started_at.replace(microsecond=0)
        query = select(func.count()).where(
            KeptCall.owner == self.actor.subject,
            KeptCall.started_at >= second,
            KeptCall.started_at < second + timedelta(seconds=1),
            func.abs(KeptCall.duration - draft.duration) < _SAME_LENGTH,
        )
        with self._store.session() as session:
            return bool(session.scalar(query))

    def history(
        self, wanted: Filter | None = None, *, before: KeptCall | None = None, count: int = PAGE
    ) -> list[KeptCall]:
        """The calls that this actor may see, the latest first, without their readings.

        Args:
            wanted: Which of them.
            before: Last call of the page before, to go on after it.
            count: Most calls to give.
        """
        query = select(KeptCall).where(self._visible(), *call_search.conditions(wanted or Filter()))
        if before is not None:
            query = query.where(
                or_(
                    KeptCall.started_at < before.started_at,
                    and_(KeptCall.started_at == before.started_at, KeptCall.id < before.id),
                )
            )
        query = query.order_by(KeptCall.started_at.desc(), KeptCall.id.desc()).limit(count)
        with self._store.session() as session:
            return list(session.scalars(query))

    def trend(self, wanted: Filter | None = None) -> "pd.DataFrame":
        """Satisfaction of the calls that this actor may see.

        Args:
            wanted: Which of them; None for all.

        Returns:
            A row a call, the earliest first: call, started_at, customer (pseudonym or ''),
            product, satisfaction (0 to 100), duration (s).
        """
        import pandas as pd

        query = (
            select(
                KeptCall.id,
                KeptCall.started_at,
                func.coalesce(Person.pseudonym, ""),
                KeptCall.product,
                KeptCall.satisfaction,
                KeptCall.duration,
            )
            .outerjoin(Person, KeptCall.person_id == Person.id)
            .where(
                self._visible(),
                *call_search.conditions(wanted or Filter()),
                KeptCall.satisfaction.is_not(None),
            )
            .order_by(KeptCall.started_at)
        )
        with self._store.session() as session:
            rows = [tuple(row) for row in session.execute(query)]
        names = ["call", "started_at", "customer", "product", "satisfaction", "duration"]
        table = pd.DataFrame(rows, columns=names)
        table["started_at"] = pd.to_datetime(table["started_at"], utc=True)
        return table

    def open(self, identifier: str) -> KeptCall:
        """One call with its notes, moments and consents, without its readings.

        Args:
            identifier: Of the call.

        Raises:
            StoreError: If there is none that this actor may open.
        """
        with self._store.session() as session:
            call = self._found(session, identifier, self._readable())
            for part in (call.notes, call.moments, call.consents):
                len(part)
            record(session, self.actor.subject, "open", "call", identifier)
            return call

    def readings(
        self, identifier: str, start: float = 0.0, end: float = float("inf")
    ) -> "pd.DataFrame":
        """The readings of a call, or of a part of it.

        Args:
            identifier: Of the call.
            start: Seconds after which readings are given.
            end: Seconds up to which they are given.

        Returns:
            A row a reading, with a column `time` in seconds.

        Raises:
            StoreError: If there is no call whose readings this actor may see, or its key is
                not set.
        """
        import pyarrow.parquet as pq

        may = self._readable()
        if self.actor.role == Role.RESEARCHER:
            may = KeptCall.id.is_not(None)
        with self._store.session() as session:
            call = self._found(session, identifier, may, blob=True)
            content = self._store.vault.open(call.readings, call.key)
            record(session, self.actor.subject, "read", "call", identifier)
        limits = [("time", ">", start), ("time", "<=", end)]
        return pq.read_table(io.BytesIO(content), filters=limits).to_pandas()

    def export(self, identifiers: Iterable[str]) -> "pd.DataFrame":
        """The readings of several calls in one table, from which they can be imported again.

        Before the readings stand `EXPORTED`: the call, its customer, when it began, what it is,
        its title and product, and who confirmed when that the other side agreed.

        Args:
            identifiers: Of the calls.

        Raises:
            StoreError: If one is none that this actor may open.
        """
        import pandas as pd

        tables = []
        for identifier in identifiers:
            call = self.open(identifier)
            table = self.readings(identifier)
            given = [(c.confirmed_by, c.confirmed_at.isoformat(), c.text) for c in call.consents]
            facts = (
                identifier,
                call.person.pseudonym if call.person else "",
                call.started_at.isoformat(timespec="seconds"),
                call.kind,
                call.title,
                call.product,
                *(given[0] if given else ("", "", "")),
            )
            for place, (name, fact) in enumerate(zip(EXPORTED, facts, strict=True)):
                table.insert(place, name, fact)
            tables.append(table)
            with self._store.session() as session:
                record(session, self.actor.subject, "export", "call", identifier)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def delete(self, identifier: str) -> None:
        """Delete a call with everything that was kept of it.

        Args:
            identifier: Of the call.

        Raises:
            StoreError: If there is none that this actor may delete.
        """
        may = KeptCall.owner == self.actor.subject
        if self.actor.role == Role.ADMINISTRATOR:
            may = KeptCall.id.is_not(None)
        with self._store.session(deletes=True) as session:
            call = self._found(session, identifier, may)
            forget(session, [call.id], self.actor.subject)

    def people(self) -> list[Person]:
        """The customers that this actor may see, by pseudonym."""
        query = select(Person).where(self._own(Person.owner)).order_by(Person.pseudonym)
        with self._store.session() as session:
            return list(session.scalars(query))

    def products(self) -> list[str]:
        """What the calls that this actor may see were about, by name."""
        query = select(KeptCall.product).where(self._visible(), KeptCall.product != "").distinct()
        with self._store.session() as session:
            return sorted(session.scalars(query))

    def delete_person(self, identifier: str) -> list[str]:
        """Delete everything about a customer.

        Args:
            identifier: Of the customer.

        Returns:
            What was deleted, a line each, without what it said.

        Raises:
            StoreError: If there is none whom this actor may delete.
        """
        with self._store.session(deletes=True) as session:
            person = session.get(Person, identifier)
            own = person is not None and person.owner == self.actor.subject
            if person is None or not (own or self.actor.role == Role.ADMINISTRATOR):
                raise StoreError(f"There is no customer {identifier} whom you may delete.")
            return forget_person(session, person, self.actor.subject)

    def _visible(self) -> ColumnElement[bool]:
        """Calls that stand in this actor's history."""
        if self.actor.role == Role.ADMINISTRATOR and self.actor.subject != "local":
            return KeptCall.owner == self.actor.subject
        return self._readable()

    def _readable(self) -> ColumnElement[bool]:
        """Calls that this actor may open."""
        return self._own(KeptCall.owner)

    def _own(self, owner: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Of this actor, or of a trainer's team."""
        mine = owner == self.actor.subject
        if self.actor.role == Role.TRAINER and self.actor.team:
            team = select(Account.subject).where(Account.team == self.actor.team)
            return or_(mine, owner.in_(team))
        return mine

    def _found(
        self, session: Session, identifier: str, may: ColumnElement[bool], *, blob: bool = False
    ) -> KeptCall:
        query = select(KeptCall).where(KeptCall.id == identifier, may)
        if blob:
            query = query.options(undefer(KeptCall.readings))
        call = session.scalars(query).unique().one_or_none()
        if call is None:
            # Whether it is there at all is nobody's business who may not see it.
            raise StoreError(f"There is no call {identifier} that you may open or change.")
        return call

    def _customer(self, session: Session, pseudonym: str) -> str | None:
        """Identifier of this actor's customer of that name, made if there is none yet."""
        name = pseudonym.strip()
        if not name:
            return None
        enrol(session, self.actor)
        add_once(session, Person, id=new_identifier(), owner=self.actor.subject, pseudonym=name)
        query = select(Person.id).where(
            Person.owner == self.actor.subject, Person.pseudonym == name
        )
        return session.scalars(query).one()

    def _end(self, session: Session, kind: str, saved: datetime) -> datetime | None:
        rule = session.get(Rule, (str(self.actor.role), kind))
        return Rule.end(saved, DEFAULT_DAYS if rule is None else rule.days)


_SAME_LENGTH = 0.6
"""Seconds by which the duration of a call and that of its export may differ: a table of readings
ends with the last half second."""


def _packed(readings: "pd.DataFrame") -> bytes:
    buffer = io.BytesIO()
    readings.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()
