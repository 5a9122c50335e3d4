"""`python -m tieout` is `tieout`."""

from .cli import main

main()
