"""`dataclass(frozen=True, slots=True)` as the standard one, but quick to import.

Each process imports more than two hundred kinds of values before it can do anything. The standard
decorator compiles six functions for each kind, which took a quarter of the time to start. Here
`__init__`, `__eq__` and `__hash__` are compiled when a kind is used for the first time, and the
others are written once for all kinds.

Type checkers see the standard decorator. This one has no `order`, `InitVar`, `field(init=False)`,
`field(compare=False)` and `__post_init__`, which no value of cellcall needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from reprlib import recursive_repr

    def dataclass(*, frozen, slots, kw_only=False, eq=True):
        """See the module; the arguments are the standard decorator's."""
        if not (frozen and slots):
            raise TypeError("this decorator is for frozen values with slots; use the standard one")

        def made(cls):
            kind = dataclasses.dataclass(
                init=False, repr=False, eq=False, slots=True, kw_only=kw_only
            )(cls)
            compiled = ("__init__", "__eq__", "__hash__") if eq else ("__init__",)
            later = {name: _compiled_later(kind, compiled, name) for name in compiled}
            for name, function in (_SHARED | later).items():
                if cls.__dict__.get(name) is None:  # a class with `__eq__` has None as `__hash__`
                    setattr(kind, name, function)
            return kind

        return made

    # ---- the same for all kinds
    @recursive_repr("...")
    def _repr(self):
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _setattr(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delattr(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _getstate(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _setstate(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    _SHARED = {
        "__repr__": _repr,
        "__setattr__": _setattr,
        "__delattr__": _delattr,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }

    # ---- of each kind
    def _compiled_later(kind, names, name):
        def first(self, /, *args, **keywords):
            if kind.__dict__[name] is first:
                _compile(kind, names)
            return kind.__dict__[name](self, *args, **keywords)

        first.later = True
        return first

    def _compile(kind, names):
        fields = dataclasses.fields(kind)
        signature, lines, known = _init_of(kind, fields)
        mine, others = (
            "".join(f"{whose}.{field.name}, " for field in fields) for whose in ("self", "other")
        )
        exec(
            f"def __init__({signature}):\n {lines}\n"
            "def __eq__(self, other):\n"
            " if other.__class__ is not self.__class__:\n"
            "  return NotImplemented\n"
            f" return ({mine}) == ({others})\n"
            "def __hash__(self):\n"
            f" return hash(({mine}))\n",
            known,
        )
        known["__init__"].__annotations__ = {one.name: one.type for one in fields}
        for name in names:
            if hasattr(kind.__dict__[name], "later"):
                known[name].__qualname__ = f"{kind.__qualname__}.{name}"
                setattr(kind, name, known[name])

    def _init_of(kind, fields):
        """Signature and body of `__init__`, and what the names in it stand for."""
        known, arguments, lines = {"_GIVEN_NOTHING": object()}, ["self"], []
        for field in sorted(fields, key=lambda one: one.kw_only):
            name = given = field.name
            if field.kw_only and "*" not in arguments:
                arguments.append("*")
            default = ""
            if field.default_factory is not dataclasses.MISSING:
                known[f"_make_{name}"] = field.default_factory
                default = "=_GIVEN_NOTHING"
                given = f"_make_{name}() if {name} is _GIVEN_NOTHING else {name}"
            elif field.default is not dataclasses.MISSING:
                known[f"_default_{name}"] = field.default
                default = f"=_default_{name}"
            arguments.append(name + default)
            # A slot's own setter goes past `__setattr__`, which refuses.
            known[f"_set_{name}"] = getattr(kind, name).__set__
            lines.append(f"_set_{name}(self, {given})")
        return ", ".join(arguments), "; ".join(lines) or "pass", known
