"""The quick decorator makes what the standard one makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tui.domain.frozen import dataclass

T = TypeVar("T")
Decorator = Callable[..., Callable[[type[Any]], type[Any]]]


def made_by(decorator: Decorator) -> type[Any]:
    @decorator(frozen=True, slots=True)
    class Value:
        """With everything a value may have."""

        kind: ClassVar[str] = "kind"

        name: str
        secret: str = field(repr=False)
        number: int = 3
        rows: Mapping[str, int] = field(default_factory=dict, kw_only=True)

    return Value


STANDARD, QUICK = made_by(dataclasses.dataclass), made_by(dataclass)
ANYTHING = st.one_of(st.integers(), st.text(), st.floats(), st.none(), st.tuples(st.integers()))


@given(st.tuples(ANYTHING, ANYTHING, ANYTHING), st.tuples(ANYTHING, ANYTHING, ANYTHING))
def test_values_are_equal_hashed_and_written_as_by_the_standard_one(
    one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    assert repr(QUICK(*one)) == repr(STANDARD(*one))
    assert (QUICK(*one) == QUICK(*other)) == (STANDARD(*one) == STANDARD(*other))
    assert QUICK(*one) == QUICK(*one)
    assert QUICK(*one) != STANDARD(*one)


def test_equal_values_are_one_key() -> None:
    @dataclass(frozen=True, slots=True)
    class Key:
        name: str
        number: int

    assert {Key("a", 1): "x"}[Key("a", 1)] == "x"
    assert hash(Key("a", 1)) == hash(("a", 1))


@pytest.mark.parametrize("kind", [STANDARD, QUICK])
def test_arguments_and_defaults(kind: type[Any]) -> None:
    value = kind("a", secret="b")
    assert (value.name, value.secret, value.number, value.rows) == ("a", "b", 3, {})
    assert kind("a", "b").rows is not value.rows
    assert replace(value, rows={"r": 1}) == kind("a", "b", rows={"r": 1})
    assert kind.__match_args__ == ("name", "secret", "number")
    assert kind.kind == "kind"
    assert [one.name for one in fields(kind)] == ["name", "secret", "number", "rows"]
    assert not hasattr(value, "__dict__")
    for wrong in (lambda: kind("a"), lambda: kind("a", "b", 3, {}), lambda: kind("a", "b", c=1)):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            wrong()


@pytest.mark.parametrize("kind", [STANDARD, QUICK])
def test_nothing_is_assigned_or_deleted(kind: type[Any]) -> None:
    value = kind("a", "b")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        value.name = "c"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del value.name
    assert value == kind("a", "b")


@dataclass(frozen=True, slots=True)
class Base:
    name: str


@dataclass(frozen=True, slots=True)
class Child(Base):
    age: int = 0


def test_values_are_copied_and_pickled() -> None:
    for value in (Base("a"), Child("a", 4)):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.copy(value) == value
        assert copy.deepcopy(value) == value


def test_a_child_is_no_base() -> None:
    assert repr(Child("a", 4)) == "Child(name='a', age=4)"
    assert Base("a") != Child("a", 0)
    assert {Base("a"), Child("a"), Child("a")} == {Child("a"), Base("a")}


def test_by_identity_where_that_was_asked_for() -> None:
    @dataclass(frozen=True, slots=True, eq=False)
    class Thing:
        name: str

    assert Thing("a") != Thing("a")
    assert len({Thing("a"), Thing("a")}) == 2


def test_keywords_only_nothing_at_all_and_type_parameters() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Keywords:
        name: str
        number: int = 1

    @dataclass(frozen=True, slots=True)
    class Nothing(Generic[T]):
        pass

    with pytest.raises(TypeError):
        Keywords("a")  # type: ignore[misc]
    assert Keywords(name="a") == Keywords(number=1, name="a")
    assert Nothing[int]() == Nothing()
    assert hash(Nothing()) == hash(())


def test_a_class_keeps_what_it_defines_itself() -> None:
    @dataclass(frozen=True, slots=True)
    class Loose:
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loose) and self.name.lower() == other.name.lower()

        def __repr__(self) -> str:
            return self.name

    assert Loose("A") == Loose("a")
    assert repr(Loose("A")) == "A"
    assert hash(Loose("a")) == hash(("a",))  # as the standard one has it


def test_read_from_json_before_any_value_was_made() -> None:
    adapter = TypeAdapter(made_by(dataclass))
    value = adapter.validate_python({"name": "a", "secret": "b"})
    assert (value.name, value.number, value.rows) == ("a", 3, {})
    assert value == type(value)("a", "b")
    assert adapter.dump_python(value, mode="json") == {
        "name": "a",
        "secret": "b",
        "number": 3,
        "rows": {},
    }


def test_no_other_kind_of_dataclass() -> None:
    with pytest.raises(TypeError, match="use the standard one"):
        dataclass(frozen=False, slots=True)
