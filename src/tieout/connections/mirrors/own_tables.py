"""Names of the tables that tell of a mirror's others."""

MIRROR = "_tieout_mirror"
"""Whose mirror it is, with the cursor."""
TABLES = "_tieout_table"
"""The tables of each record type."""
REPORTS = "_tieout_report"
"""The tables that hold reports; in DuckDB a comment says so instead."""
