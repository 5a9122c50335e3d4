"""The console: the project in a browser, at `/console` of `tieout serve`. Pages are made here; no script runs in them."""
