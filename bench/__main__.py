"""Run every measurement in a process of its own against one sandbox, and write the table and results.json.

Rates are medians of several rounds; the rounds of all measurements take turns, so that a busy moment of the
machine falls on all of them alike. Read the ratios to the floor, not the absolute figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = ["floor", "drain", "mirror", "mirror-raw", "python-quickbooks"]
WRITES = ["write-sandbox-alone", "write", "write-without-journal", "write-python-quickbooks"]
FAR_WRITES = ["write", "write-python-quickbooks"]
FAR = 0.1
"""Seconds that the far sandbox takes longer for each batch, as the way to a service on the internet and back does."""
ASKED = {
    "mirror": ("rows/s of the mirror ÷ floor", 1.0),
    "mirror-raw": ("rows/s of the mirror with raw ÷ floor", 0.5),
}


@contextmanager
def sandbox(invoices: int, *, away: float = 0) -> Iterator[dict[str, Any]]:
    """The sandbox in a process of its own, so that it and the clients do not share an interpreter.

    `away` seconds are waited before each batch is carried out; batches that wait do not keep each other waiting.
    """
    command = [sys.executable, "-m", "tieout", "sandbox", "online", "--company", "busy", "--format", "json"]
    slow = [{"on": "batch", "do": "slow", "seconds": away, "times": "always"}] if away else []
    with tempfile.TemporaryDirectory() as folder:
        faults = Path(folder) / "faults.json"
        faults.write_text(json.dumps(slow))
        yield from _served([*command, "--invoices", str(invoices), "--faults", str(faults)])


def _served(command: list[str]) -> Iterator[dict[str, Any]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def measure(what: str, keys: dict[str, Any]) -> dict[str, Any]:
    """One round of one measurement."""
    module = "bench.write_speed" if what.startswith("write") else "bench.measure"
    module = "bench.web_connector" if what == "web-connector" else module
    environment = {**os.environ, "BENCH_KEYS": json.dumps(keys)}
    run = subprocess.run(
        [sys.executable, "-m", module, what],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        sys.exit(f"bench {what} failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def rounds(names: list[str], keys: dict[str, Any], times: int) -> dict[str, dict[str, Any]]:
    """Medians over rounds that take turns; the first round warms the sandbox and does not count."""
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(times + 1):
        for name in names:
            result = measure(name, keys)
            if turn:
                seen[name].append(result)
    return {
        name: {key: statistics.median(r[key] for r in results) for key in results[0]}
        for name, results in seen.items()
    }


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one round, no large company")
    arguments.add_argument("--writes", action="store_true", help="writing alone; results.json stays as it is")
    arguments.add_argument("--invoices", type=int, default=20_000)
    chosen = arguments.parse_args()
    times = 1 if chosen.quick else 5
    if chosen.writes:
        print("\n".join(written(measured_writes(chosen.quick))))
        return
    with sandbox(chosen.invoices) as keys:
        speeds = rounds(PAGES, keys, times)
        calls = measure("calls", keys)
    results: dict[str, Any] = {
        "invoices": chosen.invoices,
        "rounds": times,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "speeds": speeds,
        "ratios": ratios(speeds),
        "calls": calls,
        **measured_writes(chosen.quick),
    }
    if not chosen.quick:
        with sandbox(5 * chosen.invoices) as keys:
            results["large"] = measure("mirror", keys)
        results["web_connector"] = measure("web-connector", {})
    (HERE / "results.json").write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(table(results))


def measured_writes(quick: bool) -> dict[str, Any]:
    """Rates of writing, and how much of what Intuit allows is used."""
    with sandbox(0) as keys:
        rates = rounds(WRITES, keys, 1 if quick else 7)
    with sandbox(0, away=FAR) as keys:
        far = rounds(FAR_WRITES, keys, 1 if quick else 3)
    return {"writes": rates, "far_writes": far, "write_within_limits": measure("write-within-limits", {})}


def ratios(speeds: dict[str, dict[str, Any]]) -> dict[str, float]:
    floor = speeds["floor"]["rows_per_second"]
    return {name: round(speed["rows_per_second"] / floor, 2) for name, speed in speeds.items()}


def table(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "| what | rows/s | ÷ floor | asked | peak MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, speed in results["speeds"].items():
        asked = f"≥ {ASKED[name][1]}" if name in ASKED else ""
        rate, ratio = f"{speed['rows_per_second']:,.0f}", results["ratios"][name]
        lines.append(f"| {name} | {rate} | {ratio:.2f} | {asked} | {speed['peak_mb']:.0f} |")
    speeds, calls = results["speeds"], results["calls"]
    mirror = speeds["mirror"]["rows_per_second"]
    lines += [
        "",
        f"* mirror ÷ python-quickbooks: {mirror / speeds['python-quickbooks']['rows_per_second']:.1f} (asked: ≥ 4)",
        f"* sandbox ÷ mirror: {speeds['drain']['rows_per_second'] / mirror:.1f} (asked: ≥ 2)",
        f"* requests of a full mirror: {calls['first']}, allowed {calls['allowed']}; with nothing changed: "
        f"{calls['nothing_changed']} (asked: ≤ 2)",
    ]
    lines += written(results)
    if "large" in results:
        large, small = results["large"], speeds["mirror"]["peak_mb"]
        more = (large["peak_mb"] / small - 1) * 100
        lines.append(
            f"* peak memory at {5 * results['invoices']:,} invoices: {large['peak_mb']:.0f} MB, {more:+.0f} % "
            f"(asked: < 250 MB, < +25 %); {large['rows_per_second']:,.0f} rows/s"
        )
    if "web_connector" in results:
        lines += connected(results["web_connector"])
    return "\n".join(lines)


def connected(results: dict[str, Any]) -> list[str]:
    """The figures of the Web Connector, as Markdown."""
    reading, polling, large = results["reading"], results["polling"], results["large"]
    return [
        f"* {reading['rows']:,} invoices in one poll of a Web Connector, {reading['documents_in_one_poll']} requests: "
        f"{reading['ratio']} × the time of the sandbox's own door (asked: ≤ 1.5)",
        f"* {polling['companies']} companies polling within {polling['seconds']:g} s: a call takes "
        f"{polling['p95_ms']:.0f} ms in the 95th percentile, all at the same moment "
        f"{polling['all_at_the_same_moment_p95_ms']:.0f} ms (asked: < 250 ms)",
        f"* an envelope of {large['envelope_mb']} MB: {large['seconds']} s, the server grows by "
        f"{large['server_grows_mb']} MB (asked: flat)",
    ]


def written(results: dict[str, Any]) -> list[str]:
    """The figures of writing, as Markdown."""
    rates = {name: speed["rate"] for name, speed in results["writes"].items()}
    far = {name: speed["rate"] for name, speed in results["far_writes"].items()}
    cpu = {name: speed["cpu_us_per_row"] / 1000 for name, speed in results["writes"].items()}
    journal = 1 - rates["write"] / rates["write-without-journal"]
    limits = results["write_within_limits"]
    return [
        f"* 10,000 invoices added within Intuit's limits: {limits['seconds']:.0f} s of {limits['least_seconds']:.0f} s, "
        f"{limits['share']:.1%} of the rate they allow (asked: ≥ 95 %); throttled {limits['throttled']} times",
        f"* invoices added a second without limits: {rates['write']:,.0f}; python-quickbooks "
        f"{rates['write-python-quickbooks']:,.0f}, {rates['write'] / rates['write-python-quickbooks']:.1f} × (asked: ≥ 5); "
        f"the sandbox itself takes {rates['write-sandbox-alone']:,.0f}",
        f"* seconds of processor time that 1,000 invoices cost the client, the sandbox left out: {cpu['write']:.2f}; "
        f"python-quickbooks {cpu['write-python-quickbooks']:.2f}",
        f"* invoices added a second where each batch is answered {FAR:.1f} s later: {far['write']:,.0f}; "
        f"python-quickbooks {far['write-python-quickbooks']:,.0f}, "
        f"{far['write'] / far['write-python-quickbooks']:.1f} ×",
        f"* the journal's share of the time of writing: {max(journal, 0):.0%} (asked: ≤ 20 %)",
    ]


if __name__ == "__main__":
    main()
