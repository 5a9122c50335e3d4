"""The words of QuickBooks' query language, cut and complained about as the JavaCC lexer of QuickBooks does.

Tokens are cut one at a time when the parser asks, so that of two mistakes the first one is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EOF, AND, OR, IDENTIFIER, STRING = "<EOF>", "<AND>", "<OR>", "<IDENTIFIER>", "<STRING>"
INTEGER, DECIMAL = "<INTEGER>", "<DECIMAL>"

_WORDS = """and asc by count current_date desc false from in iterator like maxresults null or order orderby
    select startposition true where"""
_KEYWORDS = {word: {"and": AND, "or": OR}.get(word, f'"{word}"') for word in _WORDS.split()}
_SIGNS = ("<=", ">=", "=", "<", ">", "*", ",", "(", ")")

KINDS = (EOF, *_KEYWORDS.values(), IDENTIFIER, STRING, INTEGER, DECIMAL, *(f'"{sign}"' for sign in _SIGNS))
"""What tokens are, in the order in which QuickBooks lists what it expected: keywords by alphabet."""

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?P<fraction>\.\d+)?", re.ASCII)
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_OPEN_STRING = re.compile(r"'(?:[^'\\]|\\['\\])*+")
_ESCAPED = re.compile(r"\\(['\\])")


class QueryFault(Exception):
    """A refused statement; `detail` is in QuickBooks' words."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class QuerySyntaxError(QueryFault):
    """The statement breaks the grammar: code 4000, `Error parsing query`."""


class QueryInvalid(QueryFault):
    """The statement asks for what there is not: code 4001, `Invalid query`."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a statement and where it starts."""

    kind: str
    image: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.image)

    @property
    def value(self) -> str:
        """The text of a string."""
        return _ESCAPED.sub(r"\1", self.image[1:-1])


def next_token(text: str, at: int) -> Token:
    """The token at `at` or after the space there."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at == len(text):
        return Token(EOF, "", at)
    kind, end = _cut(text, at)
    return Token(kind, text[at:end], at)


def _cut(text: str, start: int) -> tuple[str, int]:
    if text[start] == "'":
        return STRING, _end_of_string(text, start)
    if match := _NAME.match(text, start):
        return _KEYWORDS.get(match[0].lower(), IDENTIFIER), match.end()
    if match := _NUMBER.match(text, start):
        return DECIMAL if match["fraction"] else INTEGER, match.end()
    if match := _SIGN.match(text, start):
        return f'"{match[0]}"', match.end()
    raise _lexical_error(text, start, start)


def _end_of_string(text: str, start: int) -> int:
    match = _OPEN_STRING.match(text, start)
    assert match is not None
    end = match.end()
    if text.startswith("'", end):
        return end + 1
    # What stopped it is the end, or a backslash before anything but a quote or a backslash.
    raise _lexical_error(text, start, end + text.startswith("\\", end))


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"


def _lexical_error(text: str, start: int, at: int) -> QuerySyntaxError:
    """The character at `at` cannot continue the token; JavaCC calls the last character of all the end."""
    if at + 1 >= len(text):
        encountered, at = "<EOF>", len(text)
    else:
        encountered = f'"{_escaped(text[at])}" ({ord(text[at])}),'
    after = text[start:at] if at - start > 1 else ""
    return QuerySyntaxError(
        f"QueryParserError: Invalid content. Lexical error at {_place(text, at)}.  "
        f'Encountered: {encountered} after : "{_escaped(after)}"'
    )


def syntax_error(text: str, token: Token, tried: Iterable[str]) -> QuerySyntaxError:
    """Met `token` where one of the kinds `tried` could stand."""
    met, at = f' {token.kind} "{_escaped(token.image)} "', token.start
    if token.kind == EOF:
        # JavaCC places the end on the last character read.
        met, at = EOF, token.start - 1
    expected = sorted(tried, key=KINDS.index)
    lines = "".join(f"{kind} {'' if kind == EOF else '...'}\n    " for kind in expected)
    return QuerySyntaxError(
        f'QueryParserError: Encountered "{met}" at {_place(text, at)}.\n'
        f"Was expecting{' one of' if len(expected) > 1 else ''}:\n    {lines}"
    )


_ESCAPES = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "'": "\\'",
    "\\": "\\\\",
}


def _escaped(text: str) -> str:
    """As a Java literal, which is how JavaCC quotes what it met."""
    return "".join(_ESCAPES.get(c) or (c if " " <= c <= "~" else _java_units(c)) for c in text)


def _java_units(character: str) -> str:
    code = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[i : i + 4]}" for i in range(0, len(code), 4))
