"""The API: what the console shows and does, as JSON under `/api`, described by OpenAPI."""
