"""What tieout remembers between runs: secrets, cursors, counts and locks, all in the folder `.tieout`."""
