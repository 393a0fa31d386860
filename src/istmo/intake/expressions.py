"""What may a check of a profile say? A closed little language, parsed into a tree; nothing is ever evaluated as code.

    BIRTH_DATE <= EVENT_DATE and not (SEX = 'M' and AGE in ('Y_LT18', '_U'))
    VALID_UNTIL <= EVENT_DATE + 30 days        [Fecha Nacimiento] is not null        EVENT_DATE >= 2016-01-01

Names are fields of the profile, `[...]` is a column of the source as text. A name alone where a condition is expected
means "is not null". Logic is Kleene's: a comparison with null is unknown, and an unknown check is not a failure.
`compiled` makes a Polars expression of the tree, `evaluate` says the same slowly for one row (tests hold them equal).
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

Value = str | int | date | None
MAX_LENGTH = 2000
MAX_DAYS = 366_000


class Kind(StrEnum):
    """The type of a name or literal; comparing two kinds is refused when the profile is read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | date
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shifted:
    """A date so many days later (earlier when negative)."""

    operand: "Operand"
    days: int

    @property
    def kind(self) -> Kind:
        return Kind.DATE


Operand = Name | Literal | Shifted


@dataclass(frozen=True, slots=True)
class Compare:
    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    values: tuple[str | int | date, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Condition", ...]


Condition = Compare | In | IsNull | Not | And | Or

_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "days", "day"})
_TOKEN = re.compile(
    r"\s*(?:(?P<date>\d{4}-\d{2}-\d{2})|(?P<number>\d{1,15})(?![\w])|(?P<text>'(?:[^']|'')*')"
    r"|(?P<column>\[[^\]]+\])|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,|\+|-))"
)


def parse(text: str, kinds: Mapping[str, Kind], *, place: str) -> Condition:
    """The tree of a condition over the names in `kinds`; raises `InvalidInput` that says at which sign."""
    return _Parser(text, kinds, place).whole()


def names(condition: Condition) -> frozenset[str]:
    """Every name that the condition looks at."""
    match condition:
        case Compare(left=left, right=right):
            return _names(left) | _names(right)
        case In(operand=operand) | IsNull(operand=operand):
            return _names(operand)
        case Not(part=part):
            return names(part)
        case _:
            return frozenset[str]().union(*map(names, condition.parts))


def _names(operand: Operand) -> frozenset[str]:
    match operand:
        case Name(name=name):
            return frozenset({name})
        case Literal():
            return frozenset()
        case _:
            return _names(operand.operand)


@dataclass(frozen=True, slots=True)
class Column:
    """The expression of a name, and its categories where it holds codes of texts (an `Enum`) instead of the texts."""

    expression: pl.Expr
    categories: tuple[str, ...] | None = None

    @property
    def text(self) -> pl.Expr:
        return self.expression if self.categories is None else self.expression.cast(pl.String)

    def where(self, holds: Callable[[str], bool]) -> pl.Expr:
        """Whether something holds of the text: asked once of each category."""
        codes = [code for code, text in enumerate(self.categories or ()) if holds(text)]
        code = self.expression.to_physical()
        return code == codes[0] if len(codes) == 1 else code.is_in(codes)


def compiled(condition: Condition, column: Callable[[str], Column]) -> pl.Expr:
    """The condition as a Polars expression; `column` gives the column of a name."""
    match condition:
        case Compare(sign=sign, left=left, right=right):
            return _compared(_SIGNS[sign], left, right, column)
        case In(operand=operand, values=values):
            one = _compiled(operand, column)
            return one.where(lambda text: text in values) if one.categories else one.text.is_in(list(values))
        case IsNull(operand=operand):
            return _compiled(operand, column).expression.is_null()
        case Not(part=part):
            return ~compiled(part, column)
        case And(parts=parts):
            return pl.all_horizontal([compiled(part, column) for part in parts])
        case _:
            return pl.any_horizontal([compiled(part, column) for part in condition.parts])


def _compared(
    sign: Callable[[Any, Any], Any], left: Operand, right: Operand, column: Callable[[str], Column]
) -> pl.Expr:
    one, other = _compiled(left, column), _compiled(right, column)
    if one.categories and isinstance(right, Literal):
        return one.where(lambda text: bool(sign(text, right.value)))
    if other.categories and isinstance(left, Literal):
        return other.where(lambda text: bool(sign(left.value, text)))
    result: pl.Expr = sign(one.text, other.text)
    return result


def _compiled(operand: Operand, column: Callable[[str], Column]) -> Column:
    match operand:
        case Name(name=name):
            return column(name)
        case Literal(value=value):
            return Column(pl.lit(value))
        case _:
            return Column(_compiled(operand.operand, column).expression + pl.duration(days=operand.days))


def evaluate(condition: Condition, row: Mapping[str, Value]) -> bool | None:
    """The condition for one row, None when it is unknown: the slow twin of `compiled`."""
    match condition:
        case Compare(sign=sign, left=left, right=right):
            a, b = _value(left, row), _value(right, row)
            return None if a is None or b is None else bool(_SIGNS[sign](a, b))
        case In(operand=operand, values=values):
            value = _value(operand, row)
            return None if value is None else value in values
        case IsNull(operand=operand):
            return _value(operand, row) is None
        case Not(part=part):
            inner = evaluate(part, row)
            return None if inner is None else not inner
        case And(parts=parts):
            results = [evaluate(part, row) for part in parts]
            return False if False in results else (None if None in results else True)
        case _:
            results = [evaluate(part, row) for part in condition.parts]
            return True if True in results else (None if None in results else False)


def _value(operand: Operand, row: Mapping[str, Value]) -> Value:
    match operand:
        case Name(name=name):
            return row[name]
        case Literal(value=value):
            return value
        case _:
            start = _value(operand.operand, row)
            return start + timedelta(days=operand.days) if isinstance(start, date) else None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Recursive descent: or < and < not < comparison. Depth is bounded by the length of the text."""

    def __init__(self, text: str, kinds: Mapping[str, Kind], place: str) -> None:
        self.text = text
        self.kinds = kinds
        self.place = place
        self.depth = 0
        if len(text) > MAX_LENGTH:
            raise self.error(Text(es="La expresión es demasiado larga.", en="The expression is too long."), 0)
        self.tokens = self._tokens()
        self.next = 0

    def _tokens(self) -> list[_Token]:
        tokens = []
        at = 0
        while self.text[at:].strip():
            match = _TOKEN.match(self.text, at)
            if match is None or match.lastgroup is None:
                raise self.error(Text(es="Signo que no se entiende.", en="A sign that is not understood."), at)
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        return [*tokens, _Token("end", "", len(self.text))]

    def error(self, message: Text, at: int) -> InvalidInput:
        return InvalidInput(message, place=f"{self.place}, {at + 1}", rule="F22")

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def is_word(self, *words: str) -> bool:
        return self.token.kind == "word" and self.token.text in words

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def take(self) -> _Token:
        token = self.token
        self.next += 1
        return token

    def expect(self, text: str) -> None:
        if self.token.text != text or self.token.kind == "text":
            raise self.error(Text(es=f"Se esperaba «{text}».", en=f"“{text}” was expected."), self.token.at)
        self.next += 1

    def whole(self) -> Condition:
        condition = self.either()
        if self.token.kind != "end":
            raise self.error(Text(es="Sobra texto.", en="There is text left over."), self.token.at)
        return condition

    def either(self) -> Condition:
        self.depth += 1
        if self.depth > 50:
            raise self.error(Text(es="Demasiados paréntesis.", en="Too many brackets."), self.token.at)
        parts = [self.both()]
        while self.is_word("or"):
            self.take()
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Condition:
        parts = [self.negation()]
        while self.is_word("and"):
            self.take()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Condition:
        negated = False
        while self.is_word("not"):
            self.take()
            negated = not negated
        part = self.comparison()
        return Not(part) if negated else part

    def comparison(self) -> Condition:
        if self.is_sign("("):
            self.take()
            inner = self.either()
            self.expect(")")
            return inner
        left = self.operand()
        if self.is_sign(*_SIGNS):
            sign = self.take()
            right = self.operand()
            self.same_kind(left, right.kind, sign.at)
            return Compare(sign.text, left, right)
        if self.is_word("in"):
            self.take()
            return self.list_of(left)
        if self.is_word("not"):
            self.take()
            self.expect("in")
            return Not(self.list_of(left))
        if self.is_word("is"):
            self.take()
            negated = self.is_word("not")
            if negated:
                self.take()
            self.expect("null")
            return Not(IsNull(left)) if negated else IsNull(left)
        return Not(IsNull(left))

    def list_of(self, operand: Operand) -> In:
        self.expect("(")
        values = [self.literal_of(operand)]
        while self.is_sign(","):
            self.take()
            values.append(self.literal_of(operand))
        self.expect(")")
        return In(operand, tuple(values))

    def literal_of(self, operand: Operand) -> str | int | date:
        at = self.token.at
        literal = self.operand()
        if not isinstance(literal, Literal):
            raise self.error(Text(es="Se esperaba un valor.", en="A value was expected."), at)
        self.same_kind(operand, literal.kind, at)
        return literal.value

    def same_kind(self, operand: Operand, kind: Kind, at: int) -> None:
        if operand.kind != kind:
            raise self.error(
                Text(es="Se comparan valores de distinto tipo.", en="Values of different kinds are compared."),
                at,
            )

    def operand(self) -> Operand:
        operand = self.simple()
        while self.is_sign("+", "-"):
            sign = self.take()
            if operand.kind != Kind.DATE:
                raise self.error(Text(es="Solo se suman días a fechas.", en="Only dates take days."), sign.at)
            number = self.take()
            if number.kind != "number" or int(number.text) > MAX_DAYS or not self.is_word("days", "day"):
                raise self.error(
                    Text(es="Se esperaba un número de días.", en="A number of days was expected."), number.at
                )
            self.take()
            operand = Shifted(operand, int(number.text) * (1 if sign.text == "+" else -1))
        return operand

    def simple(self) -> Operand:
        token = self.take()
        match token.kind:
            case "number":
                return Literal(int(token.text), Kind.NUMBER)
            case "text":
                return Literal(token.text[1:-1].replace("''", "'"), Kind.TEXT)
            case "date":
                try:
                    return Literal(date.fromisoformat(token.text), Kind.DATE)
                except ValueError as exc:
                    raise self.error(Text(es="Esa fecha no existe.", en="There is no such date."), token.at) from exc
            case "column" | "word" if token.text not in _WORDS:
                if token.text not in self.kinds:
                    raise self.error(
                        Text(
                            es=f"No hay ningún campo «{token.text}».",
                            en=f"There is no field “{token.text}”.",
                        ),
                        token.at,
                    )
                return Name(token.text, self.kinds[token.text])
        raise self.error(Text(es="Se esperaba un campo o un valor.", en="A field or a value was expected."), token.at)
