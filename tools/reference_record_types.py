"""Pages of the reference that the catalog writes: record types of QuickBooks Online, and its fault codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tieout.catalog.faults import FaultFact, fault_facts
from tieout.catalog.rest import REF, Field, RecordType, record_types

KINDS = {
    "transaction": "Transactions",
    "list": "Lists",
    "setup": "Set-up",
    "system": "Others",
}
WRITES = ("create", "update", "sparse", "delete", "void", "deactivate")
OTHERS = ("read", "query", "cdc", "send", "pdf")

FAMILIES = (
    (99, "Success"),
    (499, "Authentication"),
    (599, "Unsupported operations"),
    (1999, "General"),
    (4999, "Validation"),
    (9999, "Business rules and closed doors"),
    (99999, "Severe"),
)


def page() -> str:
    """All record types: what can be done with each, what it needs, and what it can be searched by."""
    return _document(
        "Record types of QuickBooks Online",
        "What `tieout` knows of each record type. `tieout types books:TYPE` shows the fields of one.",
        _overview(),
        *(_section(kind) for kind in record_types()),
    )


def faults_page() -> str:
    """All fault codes: what each is raised as and what to do about it."""
    facts = fault_facts()
    parts = []
    first = 0
    for last, title in FAMILIES:
        within = [fact for fact in facts if first <= int(fact.code) <= last]
        parts += [f"## {title}\n\n{_fault_table(within)}"] if within else []
        first = last + 1
    return _document(
        "Fault codes of QuickBooks Online",
        "Each code, the error that it is raised as, and what to do. A code that is not here is judged by its range.",
        *parts,
    )


def _document(title: str, lead: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", lead, *parts]) + "\n"


def _overview() -> str:
    parts = []
    for word, title in KINDS.items():
        kinds = [kind for kind in record_types() if kind.kind == word]
        rows = ([_link(kind), *_actions(kind)] for kind in kinds)
        parts.append(f"## {title}\n\n" + _table(["Type", "Written by", "Besides"], rows))
    return "\n\n".join(parts)


def _link(kind: RecordType) -> str:
    return f"[{kind.name}](#{kind.name.lower()})"


def _actions(kind: RecordType) -> tuple[str, str]:
    return _listed(a for a in WRITES if kind.can(a)), _listed(a for a in OTHERS if kind.can(a))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _section(kind: RecordType) -> str:
    facts = [f"- {title}: {text}" for title, text in _facts(kind) if text]
    note = [str(kind.head["note"])] if "note" in kind.head else []
    return "\n\n".join([f"### {kind.name}", *note, "\n".join(facts)])


def _facts(kind: RecordType) -> Iterator[tuple[str, str]]:
    yield "address", f"`{kind.url}`"
    yield "asked for as", f"`{kind.query_name}`" if kind.query_name != kind.name else ""
    yield "a create needs", _needed(kind.words("required"))
    for condition, words in kind.head.get("required_if", {}).items():
        yield f"where `{condition}`", _needed(words.split())
    yield "an update needs", _needed(kind.words("required_update"))
    yield "a sparse update repeats", _needed(kind.words("required_sparse"))
    yield "lines", _coded(kind.words("lines"))
    yield "wraps one of", _coded(kind.wraps)
    yield "voided by", _coded([str(kind.head["void"])] if kind.can("void") else [])
    yield "a deletion sends", _deletion(kind)
    yield "name", _name(kind)
    yield (
        "verified by the sums of",
        _coded(str(kind.head[key]) for key in ("total", "balance") if key in kind.head),
    )
    yield "webhooks", _listed(kind.words("webhook"))
    yield "only in", _listed(kind.words("countries"))
    yield "WHERE can use", _coded(_paths(kind, "filter"))
    yield "ORDERBY can use", _coded(_paths(kind, "sort"))
    yield "fields", f"{sum(field.served for field in kind.fields.values())} known to be served"


def _needed(words: Iterable[str]) -> str:
    return ", ".join(" or ".join(f"`{name}`" for name in word.split("|")) for word in words)


def _coded(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _deletion(kind: RecordType) -> str:
    if not kind.can("delete"):
        return ""
    return "the whole record" if kind.head["delete"] == "full" else _coded(kind.words("delete"))


def _name(kind: RecordType) -> str:
    others = [name for name in kind.words("unique") if name != kind.name]
    shared = f", unique together with {_listed(others)}" if others else ""
    return f"`{kind.head['name']}`{shared}" if "name" in kind.head else ""


def _paths(kind: RecordType, mark: str) -> Iterator[str]:
    """The fields that bear a mark, a shape's by path."""
    if not kind.can("query"):
        return
    for name, field in kind.fields.items():
        if field.has(mark):
            yield from _inside(kind, name, field, mark)


def _inside(kind: RecordType, path: str, field: Field, mark: str) -> Iterator[str]:
    shape = kind.inner(field)
    if shape is None or shape is REF:
        yield path
        return
    for name, inner in shape.items():
        if inner.has(mark):
            yield from _inside(kind, f"{path}.{name}", inner, mark)


def _fault_table(facts: Iterable[FaultFact]) -> str:
    rows = (
        [fact.code, fact.message, f"`{fact.error}`", "yes" if fact.retry else "", fact.advice]
        for fact in facts
    )
    return _table(["Code", "Name", "Raised as", "Tried again", "What to do"], rows)


def _table(titles: list[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    print(page())
    print(faults_page())
