"""DuckDB files: where mirrors are kept by default, and a place to read from."""
