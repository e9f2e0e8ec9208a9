"""Which calls a search of the history means."""

from sqlalchemy import ColumnElement, or_, select

from emotion.store.drafts import Filter
from emotion.store.schema import Call, Moment, Note


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """What is true of a call that is meant: all of these.

    Args:
        wanted: Each word is looked for in titles, notes and comments on moments.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.customer:
        found.append(Call.person_id == wanted.customer)
    if wanted.product:
        found.append(Call.product == wanted.product)
    if wanted.kind:
        found.append(Call.kind == wanted.kind)
    if wanted.after is not None:
        found.append(Call.started_at >= wanted.after)
    if wanted.before is not None:
        found.append(Call.started_at < wanted.before)
    for word in wanted.words.split():
        told = select(Note.call_id).where(
            or_(
                Note.text.icontains(word, autoescape=True),
                Note.label.icontains(word, autoescape=True),
            )
        )
        said = select(Moment.call_id).where(Moment.comment.icontains(word, autoescape=True))
        found.append(
            or_(
                Call.title.icontains(word, autoescape=True),
                Call.id.in_(told),
                Call.id.in_(said),
            )
        )
    return found
