"""QuickBooks Online over its REST API v3."""

from .connection import OnlineConnection, address_of, open_online
from .oauth import PRODUCTION_URL, SANDBOX_URL, Application, identity_of
from .sign_in import LOCAL_REDIRECT, SignIn, adopt, parse_redirect, sign_in, sign_in_at_sandbox

__all__ = [
    "LOCAL_REDIRECT",
    "PRODUCTION_URL",
    "SANDBOX_URL",
    "Application",
    "OnlineConnection",
    "SignIn",
    "address_of",
    "adopt",
    "identity_of",
    "open_online",
    "parse_redirect",
    "sign_in",
    "sign_in_at_sandbox",
]
