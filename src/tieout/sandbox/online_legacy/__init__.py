"""QuickBooks Online Edition, the legacy one, on this machine: its gateway, and the wizard that gives tickets."""
