"""Hooks of Schemathesis: the credentials and the video of each request.

The environment holds the secrets and the id of the video: one with captions, one that waits, or
none.
"""

import os
import time
from typing import Any
from uuid import uuid4

import jwt
import schemathesis
from schemathesis.core.parameters import ParameterLocation

# The gateway accepts tokens that ended less than 30 s ago, but ends their event streams at once.
ENDED_S = 5


@schemathesis.auth(refresh_interval=None)
class Tokens:
    """Sends the webhook's secret to the webhook, and to every other route the token of an admin who
    is also an operator."""

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
            "app_metadata": {
                "tenant_id": os.environ["FUZZ_TENANT"],
                "role": "admin",
                "operator": True,
            },
        }
        return jwt.encode(claims, os.environ["FUZZ_JWT_SECRET"], algorithm="HS256")

    def set(
        self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext
    ) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Name the prepared video, unless the request's path is wrong on purpose.

    A request to delete a video names one that does not exist: the other routes need the video.
    """
    meta = case.meta
    path = None if meta is None else meta.components.get(ParameterLocation.PATH)
    if path is not None and path.mode.is_negative:
        return
    if "video_id" in case.path_parameters:
        deletes = case.operation.label == "DELETE /videos/{video_id}"
        case.path_parameters["video_id"] = str(uuid4()) if deletes else os.environ["FUZZ_VIDEO"]
