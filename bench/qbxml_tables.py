"""Answers of QuickBooks Desktop into DuckDB, beside readers that keep nothing: `python -m bench.qbxml_tables`.

The answer is an InvoiceQueryRs with five lines an invoice, read from a file in pieces of 64 kB. Each measurement is a process of its own,
and rounds take turns. The floor is pyexpat into dicts, each dropped when its record ends.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

Run = Callable[[Path], int]
"""Counts the records it read; all imports are done before."""

PIECE = 65_536
ROWS_PER_INSERT = 4_000
ROWS_PER_COMMIT = 4_000
"""What is not committed stays in DuckDB's memory, whatever its limit."""

SMALL, LARGE = 6_000, 60_000
"""Invoices of about 20 and 200 MB."""

LINE = """<InvoiceLineRet>
<TxnLineID>{id:X}-{line}</TxnLineID>
<ItemRef>
<ListID>800000{item:02X}-1262123456</ListID>
<FullName>Garden:Item {item}</FullName>
</ItemRef>
<Desc>Part no. {part}, galvanized &amp; oiled</Desc>
<Quantity>{quantity}</Quantity>
<Rate>{rate}.25</Rate>
<Amount>{amount}.50</Amount>
<ServiceDate>2026-{month:02}-{day:02}</ServiceDate>
<SalesTaxCodeRef>
<ListID>80000001-1262123456</ListID>
<FullName>Tax</FullName>
</SalesTaxCodeRef>
</InvoiceLineRet>
"""
INVOICE = """<InvoiceRet>
<TxnID>{id:X}-1782123456</TxnID>
<TimeCreated>2026-{month:02}-{day:02}T10:{minute:02}:30-08:00</TimeCreated>
<TimeModified>2026-{month:02}-{day:02}T16:{minute:02}:30-08:00</TimeModified>
<EditSequence>17{id:08}</EditSequence>
<TxnNumber>{id}</TxnNumber>
<CustomerRef>
<ListID>80000{party:03X}-1262123456</ListID>
<FullName>Customer {party}</FullName>
</CustomerRef>
<ARAccountRef>
<ListID>80000021-1262123456</ListID>
<FullName>Accounts Receivable</FullName>
</ARAccountRef>
<TemplateRef>
<ListID>80000001-1262123456</ListID>
<FullName>Intuit Product Invoice</FullName>
</TemplateRef>
<TxnDate>2026-{month:02}-{day:02}</TxnDate>
<RefNumber>{id}</RefNumber>
<BillAddress>
<Addr1>Customer {party}</Addr1>
<Addr2>{part} Caf&#233; Lane</Addr2>
<City>Bayshore</City>
<State>CA</State>
<PostalCode>94326</PostalCode>
</BillAddress>
<IsPending>false</IsPending>
<IsFinanceCharge>false</IsFinanceCharge>
<TermsRef>
<ListID>80000003-1262123456</ListID>
<FullName>Net 30</FullName>
</TermsRef>
<DueDate>2026-{month:02}-{day:02}</DueDate>
<ShipDate>2026-{month:02}-{day:02}</ShipDate>
<Subtotal>{amount}.50</Subtotal>
<SalesTaxPercentage>7.75</SalesTaxPercentage>
<SalesTaxTotal>12.00</SalesTaxTotal>
<AppliedAmount>0.00</AppliedAmount>
<BalanceRemaining>{amount}.50</BalanceRemaining>
<Memo>Delivered to the back door</Memo>
<IsPaid>false</IsPaid>
<IsToBePrinted>true</IsToBePrinted>
<IsToBeEmailed>false</IsToBeEmailed>
{lines}</InvoiceRet>
"""


def write_answer(path: Path, invoices: int) -> None:
    """An answer as QuickBooks writes it, always the same."""
    chance = Random(4)

    def values(number: int) -> dict[str, int]:
        low = {"month": 12, "day": 28, "minute": 59, "item": 200, "party": 900, "quantity": 20}
        high = {"part": 9999, "rate": 500, "amount": 90_000}
        return {"id": number, **{name: chance.randint(1, most) for name, most in (low | high).items()}}

    with path.open("w", encoding="ascii") as file:
        file.write(
            '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<InvoiceQueryRs requestID="1" statusCode="0" '
        )
        file.write(f'statusSeverity="Info" statusMessage="Status OK" retCount="{invoices}">\n')
        for number in range(invoices):
            lines = "".join(LINE.format(line=line, **values(number)) for line in range(1, 6))
            file.write(INVOICE.format(lines=lines, **values(number)))
        file.write("</InvoiceQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n")


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def floor(path: Path) -> int:
    """pyexpat into dicts of texts, kept nowhere."""
    from xml.parsers import expat

    count = 0
    open_elements: list[dict[str, Any]] = [{}]
    texts: list[str] = []

    def start(_name: str, _attributes: dict[str, str]) -> None:
        open_elements.append({})
        texts.clear()

    def end(name: str) -> None:
        nonlocal count
        value: Any = open_elements.pop() or "".join(texts)
        texts.clear()
        if name == "InvoiceRet":
            count += 1
            return
        around = open_elements[-1]
        if name not in around:
            around[name] = value
        elif isinstance(before := around[name], list):
            before.append(value)
        else:
            around[name] = [before, value]

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    for piece in pieces(path):
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return count


def xmltodict_reader(path: Path) -> int:
    """xmltodict, which hands each record over when it ends."""
    import xmltodict

    count = 0

    def take(_path: Any, _record: Any) -> bool:
        nonlocal count
        count += 1
        return True

    with path.open("rb") as file:
        xmltodict.parse(file, item_depth=4, item_callback=take)
    return count


def records(path: Path) -> int:
    """Our reader of single records."""
    from tieout.catalog.qbxml import newest
    from tieout.protocols.qbxml_reader import Ret, read_answers

    return sum(isinstance(event, Ret) for event in read_answers(pieces(path), newest("US")))


def pages(path: Path) -> Iterator[Any]:
    """Pages of 500 invoices, what the connection asks for."""
    from tieout.catalog.qbxml import newest
    from tieout.catalog.qbxml.rets import ret_of
    from tieout.protocols.qbxml_tables import QbxmlTablePage, RetReader

    for page in RetReader(ret_of("Invoice", newest("US"))).pages(pieces(path), rows=500):
        if isinstance(page, QbxmlTablePage):
            yield page


def tables(path: Path) -> int:
    """Arrow tables, kept nowhere."""
    return sum(page.tables()["invoice"].num_rows for page in pages(path))


def duckdb_rows() -> Run:
    """Rows in tables of a DuckDB file, which is opened before the clock starts and closed before it stops."""
    folder = tempfile.TemporaryDirectory()
    rows = Rows(Path(folder.name))

    def run(path: Path) -> int:
        with folder, rows:
            return sum(rows.insert(page) for page in pages(path))

    return run


class Rows:
    """Tables of a DuckDB file, which are written on a thread of its own while the next ones are read, as a mirror does."""

    def __init__(self, folder: Path) -> None:
        from tieout.connections.duckdb.database import connect

        self._database = connect(folder / "rows.duckdb")
        self._database.execute("SET memory_limit = '24MB'")
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future[None] = self._thread.submit(self._database.execute, "BEGIN")  # type: ignore[arg-type]
        self._tables: dict[str, list[Any]] = {}
        self._waiting = self._uncommitted = 0

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self._send()
        self._under_way.result()
        self._database.execute("COMMIT")
        self._database.close()

    def insert(self, page: Any) -> int:
        for name, table in page.tables().items():
            self._tables.setdefault(name, []).append(table)
        self._waiting += len(page)
        if self._waiting >= ROWS_PER_INSERT:
            self._send()
        return len(page)

    def _send(self) -> None:
        self._under_way.result()
        self._under_way = self._thread.submit(self._write, self._tables, self._waiting)
        self._tables, self._waiting = {}, 0

    def _write(self, tables: dict[str, list[Any]], rows: int) -> None:
        import arro3.core as arrow

        for name, parts in tables.items():
            batches = [batch for table in parts for batch in table.to_batches()]
            self._database.register("page_rows", arrow.Table.from_batches(batches))
            self._database.execute(f"CREATE TABLE IF NOT EXISTS {name} AS SELECT * FROM page_rows LIMIT 0")
            self._database.execute(f"INSERT INTO {name} BY NAME SELECT * FROM page_rows")
            self._database.unregister("page_rows")
        self._uncommitted += rows
        if self._uncommitted >= ROWS_PER_COMMIT:
            self._database.execute("COMMIT")
            self._database.execute("BEGIN")
            self._uncommitted = 0


READERS: dict[str, Callable[[], Run]] = {
    "floor": lambda: floor,
    "xmltodict": lambda: xmltodict_reader,
    "records": lambda: records,
    "tables": lambda: tables,
    "duckdb": duckdb_rows,
}
ASKED = {"duckdb": "≥ 1.3"}


def measure(name: str, path: Path) -> dict[str, float]:
    """One reading in this process: MB/s, seconds of processors for each GB, and peak MB."""
    READERS[name]()(path.with_name("warm.xml"))
    run = READERS[name]()
    began, cpu = time.perf_counter(), time.process_time()
    run(path)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {
        "mb_per_second": path.stat().st_size / 1e6 / seconds,
        "cpu_per_gb": cpu / (path.stat().st_size / 1e9),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(rounds: int, *, large: bool) -> dict[str, dict[str, float]]:
    """Medians of all readers, and of the last one with ten times as much."""
    with tempfile.TemporaryDirectory() as folder:
        small, ten_times = Path(folder, "small.xml"), Path(folder, "large.xml")
        write_answer(small.with_name("warm.xml"), 50)
        write_answer(small, SMALL)
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in READERS}
        for _ in range(rounds):
            for name, results in seen.items():
                results.append(_in_a_process(name, small))
        found = {
            name: {key: statistics.median(each[key] for each in results) for key in results[0]}
            for name, results in seen.items()
        }
        if large:
            write_answer(ten_times, LARGE)
            found["duckdb, ten times as much"] = _in_a_process("duckdb", ten_times)
    return found


def _in_a_process(name: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.qbxml_tables", "--one", name, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"bench {name} failed:\n{run.stderr}")
    return json.loads(run.stdout)


def as_table(found: dict[str, dict[str, float]]) -> str:
    """The figures as Markdown."""
    lowest = found["floor"]["mb_per_second"]
    lines = ["| what | MB/s | ÷ floor | asked | CPU s/GB | peak MB |", "|---|---:|---:|---:|---:|---:|"]
    for name, each in found.items():
        rate = each["mb_per_second"]
        lines.append(
            f"| {name} | {rate:.0f} | {rate / lowest:.2f} | {ASKED.get(name, '')} | {each['cpu_per_gb']:.1f} | {each['peak_mb']:.0f} |"
        )
    times = found["duckdb"]["mb_per_second"] / found["xmltodict"]["mb_per_second"]
    return "\n".join([*lines, "", f"* duckdb ÷ xmltodict: {times:.1f} (asked: ≥ 3)"])


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench.qbxml_tables", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one round, nothing large")
    arguments.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help="one reading, here")
    chosen = arguments.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one[0], Path(chosen.one[1]))))
        return
    print(as_table(measured(1 if chosen.quick else 5, large=not chosen.quick)))


if __name__ == "__main__":
    main()
