"""Who is who: roles, merged and split people."""

from dashboard.review import assigning
from emotion.conversation.assignment import Assignment

PEOPLE = (Assignment("Person 1", None, (1,)), Assignment("Person 2", None, (2,)))


def test_of_two_people_the_other_one_gets_the_other_role() -> None:
    assigned = assigning.with_role(PEOPLE, 1, "customer")
    assert [one.role for one in assigned] == ["salesperson", "customer"]
    turned = assigning.with_role(assigned, 0, "customer")
    assert [one.role for one in turned] == ["customer", "salesperson"]
    assert [one.role for one in assigning.with_role(assigned, 0, None)] == [None, "customer"]


def test_of_three_people_a_role_is_one_persons() -> None:
    three = (*PEOPLE, Assignment("Person 3", "customer", (3,)))
    assigned = assigning.with_role(three, 0, "customer")
    assert [one.role for one in assigned] == ["customer", None, None]


def test_merging_and_splitting_are_each_others_opposite() -> None:
    (one,) = assigning.merged(assigning.with_role(PEOPLE, 1, "customer"), 1, 0)
    assert (one.name, one.faces) == ("Person 1", (1, 2))
    assert one.role == "salesperson", "the one who stays keeps a role"
    again = assigning.split((one,), 0)
    assert [(p.name, p.faces) for p in again] == [("Person 1", (1,)), ("Person 2", (2,))]


def test_a_name_is_never_taken_twice_by_a_split() -> None:
    people = (Assignment("Ada", None, (1, 2)), Assignment("Person 2", None, (3,)))
    assert [one.name for one in assigning.split(people, 0)] == ["Ada", "Person 3", "Person 2"]


def test_names_and_faces() -> None:
    assert [one.name for one in assigning.named(PEOPLE, 0, " Ada  B ")] == ["Ada B", "Person 2"]
    assert assigning.named(PEOPLE, 0, "  ") == PEOPLE
    channels = (Assignment("Left", None, (), (0,)), Assignment("Right", None, (5,), (1,)))
    moved = assigning.with_face(channels, 5, 0)
    assert [one.faces for one in moved] == [(5,), ()]
    assert [one.faces for one in assigning.with_face(moved, 5, None)] == [(), ()]
