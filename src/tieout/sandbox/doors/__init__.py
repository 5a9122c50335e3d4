"""The sandbox over HTTP: the gateway, the doors behind it, and what can be made to go wrong there."""
