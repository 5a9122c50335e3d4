"""QuickBooks' refusals: code, message and detail as the service words them.

A rule raises one of these; the doors turn it into a Fault, alone or in the place of one batch item. They lie in rooms
by what is refused, and are called from here: `refusals.missing("Line")`. Texts that nobody has published are put
together from Intuit's table of error codes.
"""

# ruff: noqa: F403 - this room is the list of the others

from .plans import *
from .records import *
from .refusal import *
from .requests import *
from .taxes import *
from .transactions import *
from .values import *
