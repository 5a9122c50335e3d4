"""Gather the qbXML catalog from Intuit's published schemas, keeping what they do not say.

    python tools/gather_qbxml_catalog.py SCHEMA_FOLDER [CATALOG_FOLDER]

Every `<Type>.toml` of the catalog folder names in `messages` the requests that are gathered; a new type begins as
a file with that one line. Its `published` and `online` were written by people and stay; all else is written anew,
with `_words.toml`, `_shapes.toml`, `_enums.toml` and `_templates.toml` for what several types share. Running the
program again gives the same files byte for byte.
"""

from __future__ import annotations

import re
import sys
import textwrap
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qbxml_merging import Merged, Slot, condition, merged_slots
from qbxml_schema import Content, Mark, RawAttribute, Schema, Simple, read_schemas

from tieout.catalog.qbxml import EDITIONS, Edition
from tieout.catalog.qbxml.notation import tokens

CATALOG = Path(__file__).resolve().parents[1] / "src" / "tieout" / "catalog" / "qbxml"
SHARED = "_shapes"
VERBS = ("Add", "Mod", "Query", "Del", "Void", "Do")
MESSAGES = re.compile(r"(Add|Mod|Query|Del|Void)?R[qs]$")
ALIKE = 10
"""A message gets a template when at least so many types have it alike."""
WIDTH = 118

ByEdition = dict[Edition, str]
"""A text by edition: the type of a name, or how often it occurs."""


@dataclass(frozen=True)
class Use:
    """One position's type, edition by edition."""

    owner: str
    name: str
    types: ByEdition


class Gathering:
    """Everything about the messages that the catalog names."""

    def __init__(self, schemas: Mapping[Edition, Schema], heads: Mapping[str, Mapping[str, str]]) -> None:
        self.schemas = schemas
        self.heads = heads
        self.messages = {
            f"{kind}{'' if verb == 'Do' else verb}{side}": kind
            for kind, head in heads.items()
            for verb in verbs_of(head)
            for side in ("Rq", "Rs")
        }
        self.slots: dict[str, list[Slot[Mark, Content]]] = {}
        self.attributes: dict[str, list[Slot[str, RawAttribute]]] = {}
        self.owners = self._owners()
        self.references = {name: types for name in self.slots if (types := self._reference(name))}
        self.sets = _ValueSets()
        for name in sorted(self.slots):
            self._collect_values(name)

    def domain(self, name: str) -> set[Edition]:
        """The editions that have a shape."""
        return {edition for edition, schema in self.schemas.items() if name in schema.shapes}

    def names(self, owner: str) -> list[str]:
        return [n for n in sorted(self.slots) if self.owners[n] == owner and n not in self.references]

    def types(self, slot: Slot[Mark, Content]) -> ByEdition:
        """A position's type as text, by edition."""
        return {
            edition: self._type(slot.key, edition, content) for edition, content in slot.by_edition.items()
        }

    def attribute_types(self, slot: Slot[str, RawAttribute]) -> ByEdition:
        return {
            edition: self.text(each.type, ("=", slot.key), edition) + ("!" if each.required else "")
            for edition, each in slot.by_edition.items()
        }

    def _type(self, mark: Mark, edition: Edition, content: Content) -> str:
        if content.shape:
            return self.references.get(content.shape, {}).get(edition) or f">{content.shape}"
        return self.text(content.simple or Simple("str"), ("", mark.name), edition)

    def text(self, simple: Simple, place: tuple[str, str], edition: Edition) -> str:
        """`str 41`, `int 1..12`, `enum Kind =First`."""
        words = [simple.base]
        if simple.length is not None:
            words.append(str(simple.length))
        if simple.low or simple.high:
            words.append(f"{simple.low}..{simple.high}")
        if simple.values:
            words.append(self.sets.name(place[1], edition, simple.values))
        return " ".join(words) + (f" ={simple.default}" if simple.default is not None else "")

    def _owners(self) -> dict[str, str]:
        """Of every shape that a message reaches, the type it belongs to; `_shapes` where there are several."""
        users: dict[str, set[str]] = defaultdict(set)
        for message, kind in sorted(self.messages.items()):
            pending, seen = [message], set[str]()
            while pending:
                name = pending.pop()
                if name not in seen:
                    seen.add(name)
                    users[name].add(kind)
                    pending += self._inside(name)
        return {name: next(iter(kinds)) if len(kinds) == 1 else SHARED for name, kinds in users.items()}

    def _inside(self, name: str) -> list[str]:
        if name not in self.slots:
            self.slots[name] = merged_slots(self.schemas, name)  # type: ignore[assignment]
            merged: Merged[str, RawAttribute] = Merged()
            for edition, schema in self.schemas.items():
                if name in schema.shapes:
                    merged.add(edition, [(each.name, each) for each in schema.shapes[name].attributes])
            self.attributes[name] = merged.slots
        return sorted({c.shape for slot in self.slots[name] for c in slot.by_edition.values() if c.shape})

    def _reference(self, name: str) -> ByEdition:
        """`ref 159` by edition, for a shape of nothing but an id and a full name, both optional."""
        slots = self.slots[name]
        if [slot.key.name for slot in slots] != ["ListID", "FullName"] or self.attributes[name]:
            return {}
        domain = self.domain(name)
        for slot in slots:
            contents = slot.by_edition.values()
            if set(slot.by_edition) != domain or any(
                c.occurs != (0, 1) or c.simple is None for c in contents
            ):
                return {}
        if any(c.simple != Simple("id") for c in slots[0].by_edition.values()):
            return {}
        lengths = {e: c.simple.length for e, c in slots[1].by_edition.items() if c.simple is not None}
        return {edition: f"ref {length}" if length else "ref" for edition, length in lengths.items()}

    def _collect_values(self, name: str) -> None:
        for slot in self.slots[name]:
            self.sets.add(
                slot.key.name,
                {e: c.simple.values for e, c in slot.by_edition.items() if c.simple and c.simple.values},
            )
        for each in self.attributes[name]:
            self.sets.add(each.key, {e: a.type.values for e, a in each.by_edition.items() if a.type.values})


class _ValueSets:
    """Value sets by the name of the element that has them; sets that never contradict each other are one."""

    def __init__(self) -> None:
        self.found: dict[str, list[dict[Edition, frozenset[str]]]] = defaultdict(list)
        self.order: dict[str, dict[str, None]] = defaultdict(dict)

    def add(self, name: str, values: Mapping[Edition, tuple[str, ...]]) -> None:
        if not values:
            return
        for each in values.values():
            self.order[name].update(dict.fromkeys(each))
        wanted = {edition: frozenset(each) for edition, each in values.items()}
        for known in self.found[name]:
            if all(known.get(edition, each) == each for edition, each in wanted.items()):
                known.update(wanted)
                return
        self.found[name].append(wanted)

    def name(self, name: str, edition: Edition, values: tuple[str, ...]) -> str:
        index = next(i for i, known in enumerate(self.found[name]) if known.get(edition) == frozenset(values))
        return name if index == 0 else f"{name}.{index + 1}"

    def lines(self) -> list[str]:
        lines = ["# value sets"]
        for name in sorted(self.found):
            for index, known in enumerate(self.found[name]):
                words = [
                    _at(value, {e for e in known if value in known[e]}, known)
                    for value in self.order[name]
                    if any(value in each for each in known.values())
                ]
                lines.append(entry(f'"{name}"' if index == 0 else f'"{name}.{index + 1}"', words))
        return lines


# ---- words: the type of a name


def cluster(uses: Iterable[Use]) -> list[tuple[ByEdition, list[Use]]]:
    """Uses whose types never contradict each other together, the most frequent first."""
    found: list[tuple[ByEdition, list[Use]]] = []
    for use in sorted(uses, key=lambda use: -len(use.types)):
        for types, members in found:
            if all(types.get(edition, text) == text for edition, text in use.types.items()):
                types.update(use.types)
                members.append(use)
                break
        else:
            found.append((dict(use.types), [use]))
    return sorted(found, key=lambda pair: -len(pair[1]))


def agrees(known: ByEdition | None, types: ByEdition) -> bool:
    return known is not None and all(known.get(edition) == text for edition, text in types.items())


def spec(types: ByEdition) -> str:
    """`str 41 | str 100 @OE`: the most frequent type first."""
    usual, *others = sorted(set(types.values()), key=lambda text: (-list(types.values()).count(text), text))
    return " | ".join([usual, *(f"{text} @{condition(_where(types, text), types)}" for text in others)])


def _where(texts: ByEdition, text: str) -> set[Edition]:
    return {edition for edition, each in texts.items() if each == text}


def _at(word: str, living: Iterable[Edition], domain: Iterable[Edition]) -> str:
    words = condition(set(living), set(domain))
    return f"{word}@{words}" if words else word


class Writer:
    """Writes the files' texts."""

    def __init__(self, gathered: Gathering) -> None:
        self.all = gathered
        self.uses: dict[str, list[Use]] = defaultdict(list)
        for name in sorted(gathered.slots):
            if name not in gathered.references:
                for slot in gathered.slots[name]:
                    if slot.key.kind == "element":
                        self.uses[slot.key.name].append(
                            Use(gathered.owners[name], slot.key.name, gathered.types(slot))
                        )
        self.words = {n: types for n in self.uses if (types := self._word(n))}
        self.attribute_words = self._attribute_words()
        self.own = {owner: self._own(owner) for owner in sorted(set(gathered.owners.values()))}
        self.templates: dict[str, str] = {}
        self.by_template: set[str] = set()
        self._find_templates()

    def files(self) -> dict[str, list[str]]:
        """Lines by file name."""
        owners = sorted({o for n, o in self.all.owners.items() if n not in self.all.references})
        files = {owner: self._file(owner) for owner in owners}
        files["_words"] = ["[fields]", *(f'{n} = "{spec(self.words[n])}"' for n in sorted(self.words))]
        files["_enums"] = self.all.sets.lines()
        files["_templates"] = [
            "[attributes]",
            *(f'{n} = "{spec(types)}"' for n, types in sorted(self.attribute_words.items())),
            "",
            "[templates]   # {R} = the record type",
            *(f'{verb} = "{text}"' for verb, text in sorted(self.templates.items())),
        ]
        return files

    def _word(self, name: str) -> ByEdition:
        """The common type of a name, where several types share it."""
        types, members = cluster(self.uses[name])[0]
        owners = {use.owner for use in members}
        plain = set(types.values()) == {f">{name}"}
        return types if (len(owners) > 1 and not plain) or SHARED in owners else {}

    def _attribute_words(self) -> dict[str, ByEdition]:
        uses: dict[str, list[Use]] = defaultdict(list)
        for name in sorted(self.all.attributes):
            for slot in self.all.attributes[name]:
                uses[slot.key].append(Use("", slot.key, self.all.attribute_types(slot)))
        return {name: cluster(each)[0][0] for name, each in uses.items()}

    def _own(self, owner: str) -> dict[str, ByEdition]:
        """The types that only this file's names have."""
        own = {}
        for name in sorted(self.uses):
            uses = [use for use in self.uses[name] if use.owner == owner]
            if not uses:
                continue
            types = cluster(uses)[0][0]
            known = name in self.words and all(agrees(self.words[name], use.types) for use in uses)
            if set(types.values()) != {f">{name}"} and not known:
                own[name] = types
        return own

    def _file(self, owner: str) -> list[str]:
        lines = []
        if owner in self.all.heads:
            head = self.all.heads[owner]
            lines.append(f'messages = "{self._lives(owner, head)}"')
            lines += [f'{key} = "{head[key]}"' for key in ("published", "online") if key in head]
            lines.append("")
        own = self.own[owner]
        if own:
            lines += ["[fields]", *(f'{name} = "{spec(types)}"' for name, types in own.items()), ""]
        lines.append("[shapes]")
        for name in self.all.names(owner):
            if name not in self.by_template:
                life = "" if name in self.all.messages else condition(self.all.domain(name), EDITIONS)
                words = [*([f"@{life}"] if life else []), *self._tokens(name, own)]
                lines.append(entry(f'"{name}"' if "." in name else name, words))
        return lines

    def _lives(self, owner: str, head: Mapping[str, str]) -> str:
        request = {verb: f"{owner}{'' if verb == 'Do' else verb}Rq" for verb in verbs_of(head)}
        return " ".join(_at(verb, self.all.domain(request[verb]), EDITIONS) for verb in request)

    def _find_templates(self) -> None:
        """Texts that fit most types' messages of a verb, with {R} for the type's name."""
        by_verb: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.all.messages):
            found = MESSAGES.search(name)
            assert found is not None
            by_verb[found.group()].append(name)
        for verb, names in by_verb.items():
            texts = {name: self._general(name) for name in names}
            best, count = max(Counter(texts.values()).items(), key=lambda pair: (pair[1], pair[0]))
            fitting = {name for name in names if self._means(best, name) == self._means(texts[name], name)}
            if count > 1 and len(fitting) >= ALIKE:
                self.templates[verb] = best
                self.by_template |= fitting

    def _general(self, name: str) -> str:
        kind = self.all.messages[name]
        words = self._tokens(name, self.own[kind])
        return " ".join(re.sub(rf"\b{kind}(?=Add\b|Mod\b|Ret\b)", "{R}", word) for word in words)

    def _means(self, text: str, name: str) -> list[list[tuple[object, ...]]]:
        """What a text says in each edition that has the message."""
        kind = self.all.messages[name]
        found = tokens(text.replace("{R}", kind))
        domain = [edition for edition in EDITIONS if edition in self.all.domain(name)]
        return [[(t.name, t.occurs(e), t.type) for t in found if t.lives(e)] for e in domain]

    # ---- tokens of a shape

    def _tokens(self, name: str, own: Mapping[str, ByEdition]) -> list[str]:
        domain = self.all.domain(name)
        words = [word for slot in self.all.attributes[name] for word in self._attribute(slot, domain)]
        alternatives: list[int | None] = []
        for slot in self.all.slots[name]:
            kind = slot.key.kind
            if kind not in ")]" and alternatives and alternatives[-1] is not None:
                words += ["|"] if alternatives[-1] else []
                alternatives[-1] += 1
            if kind in "([":
                alternatives.append(0 if kind == "(" else None)
                words.append(_at(kind, slot.by_edition, domain))
            elif kind in ")]":
                alternatives.pop()
                words.append(kind + _one_occurrence(slot))
            elif kind == "#text":
                words.append(f"#text<{next(iter(self.all.types(slot).values()))}>")
            else:
                words += self._element(slot, domain, own)
        return words

    def _attribute(self, slot: Slot[str, RawAttribute], domain: set[Edition]) -> list[str]:
        types = self.all.attribute_types(slot)
        if agrees(self.attribute_words[slot.key], types):
            return [_at(f"={slot.key}", types, domain)]
        return [
            _at(f"={slot.key}<{text}>", _where(types, text), domain) for text in sorted(set(types.values()))
        ]

    def _element(
        self, slot: Slot[Mark, Content], domain: set[Edition], own: Mapping[str, ByEdition]
    ) -> list[str]:
        """The element once; or once for each occurrence and type that cannot be said in one word."""
        name, types = slot.key.name, self.all.types(slot)
        known = own.get(name) or self.words.get(name) or dict.fromkeys(EDITIONS, f">{name}")
        words = []
        for many, editions in _occurrences(slot):
            here = {edition: text for edition, text in types.items() if edition in editions}
            if agrees(known, here):
                words.append(_at(f"{name}{many}", here, domain))
                continue
            texts = sorted(set(here.values()), key=lambda text: (-list(here.values()).count(text), text))
            words += [_at(f"{name}{many}<{text}>", _where(here, text), domain) for text in texts]
        return words


def _one_occurrence(slot: Slot[Mark, Content]) -> str:
    """How often a bracket occurs; the catalog cannot say that it differs otherwise than by a loosening."""
    found = _occurrences(slot)
    assert len(found) == 1, f"the bracket at {slot.key.name} occurs in several ways"
    return found[0][0]


def _occurrences(slot: Slot[Mark, Content]) -> list[tuple[str, set[Edition]]]:
    """How often it occurs, in which editions: once where it is the same, or where one was required before a version."""
    by_edition = {edition: content.occurs for edition, content in slot.by_edition.items()}
    ways = sorted(
        set(by_edition.values()), key=lambda o: min(e.number for e in by_edition if by_edition[e] == o)
    )
    where = {way: {edition for edition in by_edition if by_edition[edition] == way} for way in ways}
    if len(ways) == 2:
        (first, most), (then, later_most) = ways
        words = condition(where[ways[1]], by_edition)
        if (first, then) == (1, 0) and most == later_most and re.fullmatch(r"\d+\.\d\+", words):
            return [(_many(ways[1]) + words[:-1], set(by_edition))]
    return [(_many(way), where[way]) for way in ways]


def _many(occurs: tuple[int, int | None]) -> str:
    usual = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}
    least, most = occurs
    return usual.get(occurs, f"{{{least},{'' if most is None else most}}}")


# ---- files


def verbs_of(head: Mapping[str, str]) -> list[str]:
    return sorted((token.name for token in tokens(head["messages"])), key=VERBS.index)


def entry(key: str, words: list[str]) -> str:
    """`key = "words"` on a line, or several lines of words."""
    kept = " ".join(word.replace(" ", "\N{NO-BREAK SPACE}") for word in words)  # types are not broken
    lines = textwrap.wrap(kept, WIDTH, break_long_words=False, break_on_hyphens=False)
    text = "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")
    return (
        f'{key} = "{text}"'
        if len(lines) < 2 and len(text) + len(key) < WIDTH - 6
        else f'{key} = """\n{text}"""'
    )


def gather(schema_folder: Path, catalog: Path = CATALOG) -> dict[str, str]:
    """The catalog's files by name, as they are to be."""
    heads = {
        path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(catalog.glob("[A-Z]*.toml"))
    }
    gathered = Gathering(read_schemas(schema_folder), heads)
    return {f"{name}.toml": "\n".join(lines) + "\n" for name, lines in Writer(gathered).files().items()}


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    catalog = Path(sys.argv[2]) if len(sys.argv) > 2 else CATALOG
    for name, text in gather(Path(sys.argv[1]), catalog).items():
        (catalog / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
