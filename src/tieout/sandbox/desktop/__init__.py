"""QuickBooks Desktop on this machine: a company file that answers qbXML."""
