"""OpenID tokens of the sandbox's one person, signed with a key that is made when it is first needed."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_ID = "sandbox-1"
ID_TOKEN_LIFE = timedelta(hours=1)
SUBJECT = "b053d994-07d5-468d-b7ee-22e349d2e739"

USER: dict[str, Any] = {
    "sub": SUBJECT,
    "email": "owner@sandbox.example",
    "emailVerified": True,
    "givenName": "Robin",
    "familyName": "Hale",
    "phoneNumber": "+1 6505550100",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "1 Harbor Street",
        "locality": "Bayshore",
        "region": "CA",
        "postalCode": "94326",
        "country": "US",
    },
}
"""What userinfo tells of the person who signs in."""


class Signer:
    """Signs id tokens, and shows the key to check them with."""

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def keys(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "e": _of_number(numbers.e), "n": _of_number(numbers.n)}
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": KEY_ID}]}

    def id_token(self, issuer: str, client_id: str, realm: str, now: datetime) -> str:
        """A signed statement of who signed in (RFC 7519)."""
        issued = int(now.timestamp())
        claims = {
            "sub": SUBJECT,
            "aud": [client_id],
            "realmid": realm,
            "auth_time": issued,
            "iss": issuer,
            "exp": issued + int(ID_TOKEN_LIFE.total_seconds()),
            "iat": issued,
        }
        signed = f"{_of_json({'kid': KEY_ID, 'alg': 'RS256'})}.{_of_json(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_of_bytes(signature)}"


def _of_bytes(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _of_json(value: dict[str, Any]) -> str:
    return _of_bytes(json.dumps(value).encode())


def _of_number(value: int) -> str:
    return _of_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))
