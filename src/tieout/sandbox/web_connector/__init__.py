"""A Web Connector on this machine: it calls any server as Intuit's does, and drives the company file of the Desktop sandbox."""
