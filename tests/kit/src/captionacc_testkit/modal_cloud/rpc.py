"""A request to the service, as the server records it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rpc:
    """``limit_s`` is the client's own time-out for the request; None when it has none."""

    method: str
    request: Any
    metadata: dict[str, str]
    limit_s: float | None
