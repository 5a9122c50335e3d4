"""What the books of a company file say, as qbXML's reports."""
