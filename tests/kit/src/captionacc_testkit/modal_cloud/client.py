"""Modal's own client, connected to our server through the settings that it reads."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest import mock

import modal


def environment(url: str, token: tuple[str, str]) -> dict[str, str]:
    """Variables that make the client in any process use only the server at ``url``."""
    return {
        "MODAL_SERVER_URL": url,
        "MODAL_TOKEN_ID": token[0],
        "MODAL_TOKEN_SECRET": token[1],
        "MODAL_CONFIG_PATH": os.devnull,
        "MODAL_DISABLE_API_PROXY": "1",
    }


@asynccontextmanager
async def connected(url: str, token: tuple[str, str]) -> AsyncIterator[modal.Client]:
    """A client with its own connection to the server at ``url``, closed at the end."""
    with mock.patch.dict(os.environ, environment(url, token)):
        client = await modal.Client.from_credentials.aio(*token)
    try:
        yield client
    finally:
        await client.close.aio()
