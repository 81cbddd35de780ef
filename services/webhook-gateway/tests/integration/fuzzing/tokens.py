"""Hooks of Schemathesis: the credentials of each request. The environment holds the secrets."""

import os
import time
from typing import Any

import jwt
import schemathesis

# The gateway accepts tokens that ended less than 30 s ago, but ends their event streams at once.
ENDED_S = 5


@schemathesis.auth(refresh_interval=None)
class Tokens:
    """Sends the webhook's secret to the webhook, and to every other route a user token that is also
    an operator's."""

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        if case.operation.path.startswith("/webhooks/"):
            return os.environ["FUZZ_WEBHOOK_SECRET"]
        ends = time.time() + (-ENDED_S if case.operation.path == "/events" else 600)
        claims = {
            "sub": "7f0c3c1e-3b1a-4a43-a5ce-4d9b7d6c6a34",
            "aud": "authenticated",
            "iss": os.environ["FUZZ_ISSUER"],
            "role": "authenticated",
            "exp": int(ends),
            "app_metadata": {"tenant_id": os.environ["FUZZ_TENANT"], "operator": True},
        }
        return jwt.encode(claims, os.environ["FUZZ_JWT_SECRET"], algorithm="HS256")

    def set(
        self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext
    ) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
