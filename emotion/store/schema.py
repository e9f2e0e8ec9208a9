"""Tables of the store.

The readings of a call are one blob in its row: a call is read whole or by a range of
time, never searched by reading. What history lists, sorts and averages stands in columns.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


def new_identifier() -> str:
    """A new random identifier, 32 hexadecimal digits."""
    return uuid4().hex


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, also where a database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """A time as it goes into the database, in UTC.

        Args:
            value: With its zone; None stays None.
            dialect: Of the database.

        Raises:
            ValueError: If the time does not say in which zone it is.
        """
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time in the store needs a zone. Received: {value!r}.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """A time as it comes out of the database, in UTC.

        Args:
            value: With or without a zone; None stays None.
            dialect: Of the database.
        """
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """What all tables have in common."""


class Account(Table):
    """Who signs in.

    Attributes:
        subject: As the sign-in names them; 'local' without one.
        name: To be shown.
        role: A `emotion.store.access.Role`.
        team: Whose trainers see their calls; '' for none.
        claimed: Whether role and team are of a claim, and go with it.
    """

    __tablename__ = "account"

    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32))
    team: Mapped[str] = mapped_column(String(255), default="", index=True)
    claimed: Mapped[bool] = mapped_column(default=False, server_default=false())


class Person(Table):
    """A customer, by a pseudonym: no face, no voice, no name that Rapport asked for."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("owner", "pseudonym"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    owner: Mapped[str] = mapped_column(ForeignKey("account.subject"), index=True)
    pseudonym: Mapped[str] = mapped_column(String(255))


class KeptCall(Table):
    """One call that was saved.

    Attributes:
        kind: 'live' or 'recording'.
        started_at: When it began.
        saved_at: When it was saved.
        expires_at: With which day (UTC) it is gone, see `Retention.end`; None for never.
        duration: Seconds.
        satisfaction: Of the whole call, 0 to 100; None if nothing was read.
        dominant: Name of the likeliest emotion of the whole call, or None.
        face_coverage: Share of the readings in which the face is read, 0 to 1.
        voice_coverage: Share of the readings in which the voice is read, 0 to 1.
        readings: Parquet, compressed; encrypted where a key is set.
        key: By which the key that encrypted it is known; None in the clear.
    """

    __tablename__ = "call"
    __table_args__ = (
        Index("call_by_owner", "owner", "started_at"),
        Index("call_by_person", "person_id", "started_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    owner: Mapped[str] = mapped_column(ForeignKey("account.subject"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(255), default="")
    product: Mapped[str] = mapped_column(String(255), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    duration: Mapped[float]
    satisfaction: Mapped[float | None]
    dominant: Mapped[str | None] = mapped_column(String(16))
    face_coverage: Mapped[float]
    voice_coverage: Mapped[float]
    readings: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    key: Mapped[str | None] = mapped_column(String(16))

    person: Mapped[Person | None] = relationship(lazy="joined")
    notes: Mapped[list["KeptNote"]] = relationship(
        cascade="all, delete-orphan", order_by="KeptNote.time", passive_deletes=True
    )
    moments: Mapped[list["KeptMoment"]] = relationship(
        cascade="all, delete-orphan", order_by="KeptMoment.time", passive_deletes=True
    )
    consents: Mapped[list["KeptConsent"]] = relationship(
        cascade="all, delete-orphan", order_by="KeptConsent.confirmed_at", passive_deletes=True
    )


class KeptNote(Table):
    """What somebody wrote at a moment of a call."""

    __tablename__ = "note"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    time: Mapped[float]
    label: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text, default="")


class KeptMoment(Table):
    """A moment of a call that mattered, found or added."""

    __tablename__ = "moment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    time: Mapped[float]
    kind: Mapped[str] = mapped_column(String(32))
    change: Mapped[float] = mapped_column(default=0.0)
    comment: Mapped[str] = mapped_column(Text, default="")


class KeptConsent(Table):
    """Who confirmed before a call that the other side had been told and agreed."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    confirmed_by: Mapped[str] = mapped_column(String(255))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(Text)


class Rating(Table):
    """What a rater, who did not see the reading, took a customer's satisfaction for."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("call_id", "rater"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_identifier)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    rater: Mapped[str] = mapped_column(ForeignKey("account.subject"))
    group: Mapped[str] = mapped_column(String(16))
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Audit(Table):
    """Who opened, exported, changed or deleted what; identifiers alone, no words of a call."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(255), index=True)
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(32), default="")


class Deletion(Table):
    """What was deleted, so that the next run over backups deletes it there too."""

    __tablename__ = "deletion"

    subject_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32))
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Retention(Table):
    """Days that calls of a kind, of accounts of a role, are kept; 0 for ever."""

    __tablename__ = "retention"

    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    days: Mapped[int]

    @staticmethod
    def end(saved: datetime, days: int) -> datetime | None:
        """When a call goes that is kept for so many days: with the first day (UTC) after them.

        It is deleted as that day begins, so that a page can name the day, and be right.

        Args:
            saved: When the call was saved.
            days: 0 for never.

        Returns:
            Midnight, in UTC; None for never.
        """
        if not days:
            return None
        end = saved.astimezone(UTC) + timedelta(days=days)
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if midnight == end else midnight + timedelta(days=1)
