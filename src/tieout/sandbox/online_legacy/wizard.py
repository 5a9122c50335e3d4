"""The pages on which a person lets an application in and copies its connection ticket."""

from __future__ import annotations

from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #f4f5f8; color: #21262a; margin: 0; }
main { max-width: 28rem; margin: 12vh auto; background: #fff; padding: 2rem; border-radius: 12px; }
label { display: block; margin: .5rem 0; } small { color: #6b6c72; } code { overflow-wrap: anywhere; }
button { padding: .6rem 1rem; font: inherit; }
"""


def wizard_page(company: str, application: str, action: str) -> str:
    """Asks whether to let the application in, and whether a person must sign in for each session."""
    return _page(
        "Connect an application",
        f"<p>{escape(application)} asks to use the company {escape(company)}.</p>"
        f'<form method="post" action="{escape(action)}">'
        '<label><input type="radio" name="login_security" value="off" checked> Login security off: it may come at any '
        "time.</label>"
        '<label><input type="radio" name="login_security" value="on"> Login security on: somebody signs in each '
        "time.</label>"
        "<button>Connect</button></form>",
    )


def ticket_page(ticket: str) -> str:
    """The ticket, to copy."""
    return _page(
        "Connected",
        f"<p>Copy this connection ticket into your application:</p><p><code>{escape(ticket)}</code></p>",
    )


def _page(title: str, body: str) -> str:
    note = "<p><small>This is a sandbox on your own machine; Intuit is not involved.</small></p>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}{note}</main></body></html>"
    )
