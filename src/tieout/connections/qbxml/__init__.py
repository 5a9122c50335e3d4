"""QuickBooks Desktop: a company file, reached through whatever holds a session with QuickBooks."""
