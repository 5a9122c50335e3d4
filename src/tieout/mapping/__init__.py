"""Record → record, and nothing else: what touches the world is handed in, nothing here reads or sends.

made = read_map("order_to_invoice.jsonata", source, functions)
for record in made.records(order): …
"""

from .cross_references import CrossReference, read_cross_reference
from .functions import World, functions_of
from .literal_keys import NamesAt, refuse_unknown_keys
from .maps import JsonataMap, Map, PythonMap, SameRecord, unseen
from .shaping import ROWS, Fields, key_of, names_in, spread, together, value_at

__all__ = [
    "ROWS",
    "CrossReference",
    "Fields",
    "JsonataMap",
    "Map",
    "NamesAt",
    "PythonMap",
    "SameRecord",
    "World",
    "functions_of",
    "key_of",
    "names_in",
    "read_cross_reference",
    "refuse_unknown_keys",
    "spread",
    "together",
    "unseen",
    "value_at",
]
