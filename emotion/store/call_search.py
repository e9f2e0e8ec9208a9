"""Which calls a search of the history means."""

from sqlalchemy import ColumnElement, or_, select

from emotion.store.drafts import Filter
from emotion.store.schema import KeptCall, KeptMoment, KeptNote


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """What is true of a call that is meant: all of these.

    Args:
        wanted: Each word is looked for in titles, notes and comments on moments.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.customer:
        found.append(KeptCall.person_id == wanted.customer)
    if wanted.product:
        found.append(KeptCall.product == wanted.product)
    if wanted.kind:
        found.append(KeptCall.kind == wanted.kind)
    if wanted.after is not None:
        found.append(KeptCall.started_at >= wanted.after)
    if wanted.before is not None:
        found.append(KeptCall.started_at < wanted.before)
    for word in wanted.words.split():
        in_notes = select(KeptNote.call_id).where(
            or_(
                KeptNote.text.icontains(word, autoescape=True),
                KeptNote.label.icontains(word, autoescape=True),
            )
        )
        in_moments = select(KeptMoment.call_id).where(
            KeptMoment.comment.icontains(word, autoescape=True)
        )
        found.append(
            or_(
                KeptCall.title.icontains(word, autoescape=True),
                KeptCall.id.in_(in_notes),
                KeptCall.id.in_(in_moments),
            )
        )
    return found
