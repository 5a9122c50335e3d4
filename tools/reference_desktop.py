"""Page of the reference about QuickBooks Desktop: record types, reports, products and codes."""

from __future__ import annotations

from collections.abc import Iterable

from tieout.catalog.desktop_codes import CodeFact, connector_facts, hresult_facts, status_facts
from tieout.catalog.products import products, refusals, releases
from tieout.catalog.qbxml import COUNTRIES, EDITIONS, VERSIONS, RecordType, newest, record_types
from tieout.catalog.qbxml.actions import (
    actions,
    editions_of,
    generic_requests,
    iterates,
    reports,
    targets,
)

WRITES = ("add", "modify", "delete", "void", "merge")


def page() -> str:
    """What can be done with each type, since which version, and what QuickBooks' codes mean."""
    parts = [
        "# Record types of QuickBooks Desktop",
        "What `tieout` knows of qbXML. `tieout types qbxml:TYPE --message add --version 13.0 --country US` shows what one\n"
        "message carries, in the schema's order.",
        "## Versions\n\n" + _versions(),
        "## Record types\n\nBy action, the first version of the United States that has it, and what differs elsewhere.\n\n"
        + _types(),
        "## Requests for many types\n\nEach names the type that it is about.\n\n" + _targets(),
        "## Reports\n\n" + _reports(),
        "## Products\n\n" + _products(),
        "## Status codes\n\nA code that is not here is judged by its range.\n\n" + _codes(status_facts()),
        "## Codes of COM\n\n" + _codes(hresult_facts()),
        "## Codes of the Web Connector\n\n" + _codes(connector_facts()),
    ]
    return "\n\n".join(parts) + "\n"


def _versions() -> str:
    rows = ([country, COUNTRIES[country], ", ".join(VERSIONS[country])] for country in COUNTRIES)
    return _table(["Country", "", "Versions"], rows)


def _types() -> str:
    titles = ["Type", *(word.capitalize() for word in WRITES), "Query", "Iterator", "Elsewhere"]
    return _table(titles, (_type_row(kind) for kind in record_types()))


def _type_row(kind: RecordType) -> list[str]:
    since = [_since(kind, action, "US") for action in (*WRITES, "query")]
    iterator = "yes" if iterates(kind, newest("US")) else ""
    return [kind.name, *since, iterator, _elsewhere(kind)]


def _since(kind: RecordType, action: str, country: str) -> str:
    having = editions_of(kind, action)
    return next((e.version for e in EDITIONS if e.country == country and e in having), "")


def _elsewhere(kind: RecordType) -> str:
    """Countries whose newest edition can do less or more than the United States', and the retired Online Edition."""
    home = actions(kind, newest("US"))
    parts = []
    for country in ("CA", "UK"):
        there = actions(kind, newest(country))
        if there != home or not home:
            parts.append(f"{country}: {', '.join(there) or _ended(kind, country)}")
    online = actions(kind, newest("OE"))
    return "; ".join([*parts, *([f"OE: {', '.join(online)}"] if online else [])])


def _ended(kind: RecordType, country: str) -> str:
    """Until when a country had a type that its newest edition has no more."""
    lives = [each for life in kind.published.values() for each in life if each.country == country]
    return f"until {max(lives, key=lambda each: each.number).version}" if lives else "not there"


def _targets() -> str:
    rows = (
        [f"`{request}`", ", ".join(targets(owner, verb, newest("US")))]
        for request, (owner, verb) in generic_requests().items()
    )
    return _table(["Request", "Types"], rows)


def _reports() -> str:
    rows = ([name, ", ".join(types)] for name, types in reports(newest("US")).items())
    return _table(["Query", "Reports"], rows)


def _products() -> str:
    supported = ", ".join(each.name for each in products())
    years = (
        [f"{each.year} {each.release}".strip(), *(_newest(each.newest.get(c)) for c in ("US", "CA", "UK"))]
        for each in releases()
    )
    refused = ([each.name, each.says, each.advice] for each in refusals())
    return "\n\n".join(
        [
            f"Supported: {supported}, in every trade's edition.",
            _table(["QuickBooks", "US", "CA", "UK"], years),
            _table(["Refused", "Because", "What to do"], refused),
        ]
    )


def _newest(edition: object) -> str:
    return str(edition).split(" ")[1] if edition else ""


def _codes(facts: Iterable[CodeFact]) -> str:
    rows = (
        [fact.code, fact.means, f"`{fact.error}`" if fact.error else "", _retried(fact), fact.advice]
        for fact in facts
    )
    return _table(["Code", "Means", "Raised as", "Tried again", "What to do"], rows)


def _retried(fact: CodeFact) -> str:
    return "when locked" if fact.retry_when_locked else "yes" if fact.retry else ""


def _table(titles: list[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    print(page())
