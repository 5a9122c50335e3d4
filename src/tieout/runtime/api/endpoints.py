"""All endpoints of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import acting, looking, shapes
from .endpoint import Endpoint

_LIMIT = {"limit": f"The most rows, {looking.USUAL} where nobody says, {looking.MOST} at most."}

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "/processes", "viewer", "All processes", list[shapes.ProcessState], looking.processes),
    Endpoint("GET", "/processes/{name}", "viewer", "One process", shapes.ProcessState, looking.process),
    Endpoint(
        "GET",
        "/processes/{name}/plan",
        "viewer",
        "What a run would do now; nothing is written",
        list[shapes.Step],
        looking.plan,
    ),
    Endpoint(
        "POST",
        "/processes/{name}/run",
        "operator",
        "Let a process run now; a worker takes it up",
        list[shapes.Asked],
        acting.run_process,
        body=shapes.Company,
        status=202,
    ),
    Endpoint(
        "POST",
        "/processes/{name}/pause",
        "operator",
        "Let a process not begin by itself",
        shapes.Asked,
        acting.pause_process,
        body=shapes.Company,
    ),
    Endpoint(
        "POST",
        "/processes/{name}/resume",
        "operator",
        "Let a process begin by itself again",
        shapes.Asked,
        acting.resume_process,
        body=shapes.Company,
    ),
    Endpoint(
        "POST",
        "/processes/{name}/cancel",
        "operator",
        "Stop what is under way of a process between two steps",
        list[shapes.Cancelled],
        acting.cancel_process,
        body=shapes.Company,
        status=202,
    ),
    Endpoint(
        "GET",
        "/companies",
        "viewer",
        "How what runs by itself stands, by company",
        list[shapes.CompanyState],
        looking.companies,
        query={"process": "Of this process.", "company": "This company."},
    ),
    Endpoint("GET", "/alerts", "viewer", "What a person should know", list[shapes.AlertTold], looking.alerts),
    Endpoint(
        "GET",
        "/runs",
        "viewer",
        "The last runs",
        list[shapes.Run],
        looking.runs,
        query={"process": "Of this process.", **_LIMIT},
    ),
    Endpoint("GET", "/runs/{run}", "viewer", "One run", shapes.Run, looking.run),
    Endpoint(
        "GET",
        "/runs/{run}/documents",
        "viewer",
        "What became of the documents of a run",
        list[shapes.Document],
        looking.documents_of_run,
        query={"only": "`refused`: those that were refused or are unknown."},
    ),
    Endpoint(
        "GET",
        "/runs/{run}/changes",
        "viewer",
        "The changes that a run asked for",
        list[shapes.Change],
        looking.changes_of_run,
    ),
    Endpoint(
        "GET",
        "/runs/{run}/messages",
        "viewer",
        "The messages of a run, where the project keeps them",
        list[shapes.Message],
        looking.messages_of_run,
        query={"request": "Of this request."},
    ),
    Endpoint(
        "POST",
        "/runs/{run}/again",
        "operator",
        "Run a document of a run again, as it is or corrected; it is written once",
        shapes.NewRun,
        acting.run_document_again,
        body=shapes.Again,
    ),
    Endpoint(
        "POST",
        "/runs/{run}/cancel",
        "operator",
        "Stop a run between two steps",
        list[shapes.Cancelled],
        acting.cancel_run,
        status=202,
    ),
    Endpoint(
        "GET",
        "/documents",
        "viewer",
        "Documents of all runs, by tracked field or by the record that they became",
        list[shapes.Document],
        looking.documents,
        query={
            "where": "As in `tieout runs --where`: `order = '1001'`.",
            "record": "Type and id: `Invoice:145`.",
            **_LIMIT,
        },
    ),
    Endpoint(
        "GET", "/connections", "viewer", "All connections", list[shapes.Connection], looking.connections
    ),
    Endpoint(
        "POST",
        "/connections/{name}/check",
        "operator",
        "Ask whether a connection can be used",
        shapes.Checked,
        acting.check_connection,
    ),
    Endpoint(
        "GET", "/records/{connection}", "viewer", "The record types of a connection", list[str], looking.types
    ),
    Endpoint(
        "GET",
        "/records/{connection}/{type}",
        "viewer",
        "Records of a type",
        shapes.Records,
        looking.records,
        query={
            "where": "As in `tieout query --where`.",
            "fields": "Only these, with commas between them.",
            **_LIMIT,
        },
    ),
    Endpoint(
        "GET",
        "/records/{connection}/{type}/{id}",
        "viewer",
        "One record with all its fields",
        Mapping[str, Any],
        looking.record,
    ),
)
