"""The kind `dlt`: any source of dlt to read from, any destination of dlt to write to."""
