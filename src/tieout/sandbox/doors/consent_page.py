"""The page on which a person picks a company and lets an application in."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #f4f5f8; color: #21262a; margin: 0; }
main { max-width: 26rem; margin: 12vh auto; background: #fff; padding: 2rem; border-radius: 12px;
       box-shadow: 0 2px 12px rgb(0 0 0 / 8%); }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
p { margin: .5rem 0 1rem; }
button { display: block; width: 100%; margin: .5rem 0; padding: .7rem 1rem; font: inherit; text-align: left;
         background: #fff; border: 1px solid #8d9096; border-radius: 8px; cursor: pointer; }
button:hover, button:focus { border-color: #2ca01c; box-shadow: 0 0 0 1px #2ca01c; }
small { color: #6b6c72; } code { overflow-wrap: anywhere; } a { color: #0077c5; }
"""


def consent_page(companies: Mapping[str, str], asked: Mapping[str, str], scopes: str, cancel: str) -> str:
    """One button per company (names by realm); each sends what was `asked` once more, now approved."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    buttons = "".join(
        f'<button name="approve" value="{escape(realm)}">{escape(name)}<br><small>{escape(realm)}</small></button>'
        for realm, name in companies.items()
    )
    return _page(
        "Connect a company",
        f"<p>An application asks to use a QuickBooks company: <small>{escape(scopes)}</small></p>"
        f'<form method="get">{hidden}{buttons}</form>'
        f'<p><a href="{escape(cancel)}">No, thanks</a></p>'
        "<p><small>This is a sandbox on your own machine; Intuit is not involved.</small></p>",
    )


def refusal_page(reason: str) -> str:
    """Why the application's address to this page was wrong."""
    return _page("Sorry, that did not work", f"<p>{escape(reason)}</p>")


def arrival_page(received: Mapping[str, str]) -> str:
    """What came back to the sandbox's own redirect address, to copy."""
    rows = "".join(
        f"<p>{escape(name)}<br><code>{escape(value)}</code></p>" for name, value in received.items()
    )
    return _page("Back from signing in", rows or "<p>Nothing came along.</p>")


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    style = f"<style>{_STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}{style}</head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>'
