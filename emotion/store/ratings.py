"""Real conversations: people rate kept calls, blind to the reading, and the reading is scored.

The customer-satisfaction use case of Naas & Sigg 2020, who report 78 % on conversations of
their own, repeatable by anyone on theirs.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import krippendorff
import numpy as np
from sqlalchemy import ColumnElement, select

from emotion.errors import StoreError
from emotion.readings import satisfaction
from emotion.store.access import Actor, Role, owner_of
from emotion.store.accounts import enrol
from emotion.store.database import Store, record
from emotion.store.schema import Account, KeptCall, Rating

GROUPS = tuple(satisfaction.LABELS)
"""What a customer can be: satisfied, neutral or dissatisfied."""


@dataclass(frozen=True)
class Unrated:
    """What a rater is shown of a call: everything but the reading.

    Attributes:
        identifier: Of the call.
        started_at: When it began.
        duration: Seconds.
        customer: Pseudonym, or ''.
        title: In the owner's words.
        product: What it was about.
        notes: Time in seconds, label and text of each.
    """

    identifier: str
    started_at: datetime
    duration: float
    customer: str
    title: str
    product: str
    notes: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True)
class Agreement:
    """How the raters, and the reading, go together.

    Attributes:
        calls: With a rating at least.
        raters: Who rated one at least.
        alpha: Krippendorff's alpha over raters (Krippendorff 2004, nominal): 1 for agreement,
            0 for chance; None with fewer than two raters of one call, or one group alone.
        scored: Calls with a majority of raters and a reading.
        right: Of those, whose reading is of the raters' group.
        interval: Wilson's 95 % interval of the share that is right; None without a call.
    """

    calls: int
    raters: int
    alpha: float | None
    scored: int
    right: int
    interval: tuple[float, float] | None

    @property
    def accuracy(self) -> float | None:
        """Share of the scored calls that are right, 0 to 1."""
        return self.right / self.scored if self.scored else None


def to_rate(store: Store, actor: Actor) -> list[str]:
    """Identifiers of the calls that this actor may rate and has not rated yet, the latest first.

    A researcher rates all calls, a trainer those of the team, everyone their own.

    Args:
        store: The database.
        actor: Who rates.
    """
    rated = select(Rating.call_id).where(Rating.rater == actor.subject)
    query = select(KeptCall.id).where(KeptCall.id.not_in(rated), _ratable(actor))
    with store.session() as session:
        return list(session.scalars(query.order_by(KeptCall.started_at.desc())))


def blind(store: Store, actor: Actor, call: str) -> Unrated:
    """A call as a rater may see it.

    Args:
        store: The database.
        actor: The rater. A researcher sees neither title nor notes.
        call: Its identifier.

    Raises:
        StoreError: If this actor may not rate that call.
    """
    with store.session() as session:
        found = session.scalars(
            select(KeptCall).where(KeptCall.id == call, _ratable(actor))
        ).first()
        if found is None:
            raise StoreError(f"There is no call {call} that you may rate.")
        known = actor.role != Role.RESEARCHER
        return Unrated(
            found.id,
            found.started_at,
            found.duration,
            found.person.pseudonym if known and found.person else "",
            found.title if known else "",
            found.product,
            tuple((note.time, note.label, note.text) for note in found.notes) if known else (),
        )


def rate(store: Store, actor: Actor, call: str, group: str) -> None:
    """Say what a customer was; a second rating of the same rater replaces the first.

    Args:
        store: The database.
        actor: The rater.
        call: Its identifier.
        group: One of `GROUPS`.

    Raises:
        StoreError: If the group is another, or this actor may not rate that call.
    """
    if group not in GROUPS:
        raise StoreError(f"A customer is {', '.join(GROUPS)}. Received: {group!r}.")
    with store.session() as session:
        if (
            session.scalars(select(KeptCall.id).where(KeptCall.id == call, _ratable(actor))).first()
            is None
        ):
            raise StoreError(f"There is no call {call} that you may rate.")
        enrol(session, actor)
        query = select(Rating).where(Rating.call_id == call, Rating.rater == actor.subject)
        rating = session.scalars(query).one_or_none()
        if rating is None:
            rating = Rating(call_id=call, rater=actor.subject)
            session.add(rating)
        rating.group, rating.rated_at = group, datetime.now(UTC)
        record(session, actor.subject, "rate", "call", call)


def agreement(store: Store, actor: Actor) -> Agreement:
    """How raters agree with each other, and the readings with them.

    Args:
        store: The database.
        actor: Who asks: it is over the calls that they may rate themselves.
    """
    with store.session() as session:
        rows = session.execute(
            select(Rating.call_id, Rating.rater, Rating.group, KeptCall.satisfaction)
            .join(KeptCall, Rating.call_id == KeptCall.id)
            .where(_ratable(actor))
        ).all()
    by_call: dict[str, list[str]] = {}
    read: dict[str, float | None] = {}
    for call, _, group, score in rows:
        by_call.setdefault(call, []).append(group)
        read[call] = score
    scored = right = 0
    for call, groups in by_call.items():
        (first, most), *rest = Counter(groups).most_common()
        score = read[call]
        if score is None or (rest and rest[0][1] == most):
            continue
        scored += 1
        right += satisfaction.label(score) == first
    return Agreement(
        len(by_call),
        len({rater for _, rater, _, _ in rows}),
        _alpha([(call, rater, group) for call, rater, group, _ in rows]),
        scored,
        right,
        _wilson(right, scored),
    )


def _ratable(actor: Actor) -> ColumnElement[bool]:
    if actor.role == Role.RESEARCHER:
        return KeptCall.id.is_not(None)
    if actor.role == Role.TRAINER and actor.team:
        team = select(Account.subject).where(Account.team == actor.team)
        return (KeptCall.owner == actor.subject) | KeptCall.owner.in_(team)
    return KeptCall.owner == owner_of(actor)


def _alpha(rows: list[tuple[str, str, str]]) -> float | None:
    calls = {call: place for place, call in enumerate(sorted({call for call, _, _ in rows}))}
    raters = {rater: place for place, rater in enumerate(sorted({rater for _, rater, _ in rows}))}
    table = np.full((len(raters), len(calls)), np.nan)
    for call, rater, group in rows:
        table[raters[rater], calls[call]] = GROUPS.index(group)
    pairs = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    if pairs.size == 0 or len(np.unique(pairs[~np.isnan(pairs)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal"))


def _wilson(right: int, count: int) -> tuple[float, float] | None:
    if count == 0:
        return None
    # Loaded where somebody has rated: the page opens without it.
    from scipy.stats import binomtest

    interval = binomtest(right, count).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
