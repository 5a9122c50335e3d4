"""docs/reference/reports.md, from the declared reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tieout.catalog.reports import DetailColumn, Report, detail_columns, report, report_names

_INTRODUCTION = """\
# Reports

<!-- Written by tools/write_reference.py from src/tieout/catalog/reports.toml. -->

```
tieout query books:ProfitAndLoss --param start_date=2026-01-01 --param summarize_column_by=Month
```

```python
books.report("GeneralLedger", start_date="2026-01-01", end_date="2026-12-31")
```

Summary reports become a row per amount: `section`, `label`, `id`, `kind` (`data` or `total`), `column`, `start_date`,
`end_date`, `amount`. Detail reports become a row per row, with the fields below and the ids of what they name
(`txn_type_id`). A detail report over more than six months is asked in parts and joined.
"""


def page() -> str:
    parts = [_INTRODUCTION, *(_section(report(name)) for name in report_names()), *_fields()]
    return "\n".join(parts)


def _section(of: Report) -> str:
    return "\n".join([f"## {of.name}", "", *_facts(of), ""])


def _facts(of: Report) -> Iterator[str]:
    yield f"{of.title}. {'A row per transaction or line.' if of.is_detail else 'Amounts under headings.'}"
    if of.countries:
        yield f"Only in {', '.join(of.countries)}."
    if of.not_in:
        yield f"Not in {', '.join(of.not_in)}."
    if of.default:
        yield f"Without dates: {of.default}."
    yield ""
    yield f"Parameters: {_code(of.parameters)}."
    if of.columns:
        yield ""
        yield f"Fields: {_code(of.columns)}; with `columns` also {_code(of.more)}."


def _fields() -> Iterator[str]:
    yield "## Fields of detail reports\n"
    yield "| field | title | holds |\n|---|---|---|"
    yield from (
        f"| `{key}` | {column.title} | {_holds(column)} |" for key, column in detail_columns().items()
    )
    yield ""


def _holds(column: DetailColumn) -> str:
    return {
        "Sum": "an amount; adds up",
        "Balance": "what there is after the row",
        "Running": "what the rows so far come to",
        "Rate": "a number",
        "Date": "a date",
        "Boolean": "Yes or No",
    }.get(column.kind, "text")


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
