"""What records look like, as facts: one TOML file per record type, and tables of statuses."""
