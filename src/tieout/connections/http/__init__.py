"""The kind `http`: any service that speaks JSON over REST."""
