"""A QuickBooks company: its records, and the rules by which they are written."""
