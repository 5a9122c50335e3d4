"""Traces: each run is a span, where somebody collects them."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tieout.project.companies import Companies
from tieout.runtime.engine import Task
from tieout.runtime.performing import Performer
from tieout.runtime.tracing import no_span, spans_of, tracer_for
from tieout.state.agenda import Agenda


@pytest.fixture
def collected():
    """A provider, and the spans that it was given."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider, exporter
    provider.shutdown()


def test_a_run_is_a_span_with_its_counts(project, collected):
    provider, exporter = collected
    agenda = Agenda(project.state)
    realm = project.connections["books"].company
    agenda.enter([("mirror", realm, realm)], None)
    agenda.queue([(agenda.entries()[0], "t")])
    Performer(Companies(project), agenda, trace=spans_of(provider))(Task("t", realm, "mirror", realm))
    (span,) = exporter.get_finished_spans()
    assert span.name == "run mirror"
    assert span.attributes["tieout.company"] == realm
    assert span.attributes["tieout.read"] > 5


def test_without_a_collector_nothing_is_traced():
    assert tracer_for({}) is no_span
