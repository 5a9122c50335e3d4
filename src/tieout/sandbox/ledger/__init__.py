"""The double-entry books behind the records."""
