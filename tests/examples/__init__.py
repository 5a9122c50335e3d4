"""Every folder of examples/ is run against the sandbox, as its guide says."""
