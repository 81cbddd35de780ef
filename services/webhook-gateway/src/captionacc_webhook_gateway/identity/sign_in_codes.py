"""Codes of one-time sign-in links: they seal a token, and the database keeps only their digest."""

import hashlib

import msgspec
from cryptography.fernet import Fernet, InvalidToken


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A token that only its code opens."""

    code: str
    digest: bytes
    token: bytes


def seal(token: str) -> Sealed:
    """Return the token sealed with a new random code of 256 bits."""
    code = Fernet.generate_key()
    return Sealed(
        code=code.decode(),
        digest=digest_of(code.decode()),
        token=Fernet(code).encrypt(token.encode()),
    )


def digest_of(code: str) -> bytes:
    """Return what the database knows of a code."""
    return hashlib.sha256(code.encode()).digest()


def unseal(code: str, sealed: bytes) -> str | None:
    """Return the token that was sealed with this code; null for another code."""
    try:
        return Fernet(code).decrypt(sealed).decode()
    except (ValueError, InvalidToken):
        return None
