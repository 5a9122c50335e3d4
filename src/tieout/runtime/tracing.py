"""Traces of runs by OpenTelemetry, where a collector is named as its standard says: OTEL_EXPORTER_OTLP_ENDPOINT."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..errors import SetupError

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

Note = Callable[[Mapping[str, Any]], None]
"""Puts attributes on the span that is open."""

Tracer = Callable[[str, Mapping[str, Any]], AbstractContextManager[Note]]
"""Opens a span of a name with attributes."""


@contextmanager
def no_span(_name: str, _attributes: Mapping[str, Any]) -> Iterator[Note]:
    """Nobody traces."""
    yield lambda _attributes: None


def tracer_for(environ: Mapping[str, str]) -> Tracer:
    """What traces runs; nothing when no collector is named, SetupError when what it takes is not installed."""
    if not environ.get(ENDPOINT):
        return no_span
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SetupError(
            f"{ENDPOINT} names a collector, and OpenTelemetry is not installed.",
            advice="Install it: pip install 'tieout[otel]'.",
        ) from error
    address = f"{environ[ENDPOINT].rstrip('/')}/v1/traces"
    provider = TracerProvider(resource=Resource.create({"service.name": "tieout"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return spans_of(provider)


def spans_of(provider: Any) -> Tracer:
    """Spans that go where a provider sends them."""
    tracer = provider.get_tracer("tieout")

    @contextmanager
    def span(name: str, attributes: Mapping[str, Any]) -> Iterator[Note]:
        with tracer.start_as_current_span(name, attributes=_named(attributes)) as opened:
            yield lambda more: opened.set_attributes(_named(more))

    return span


def _named(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {f"tieout.{name}": value for name, value in attributes.items()}
