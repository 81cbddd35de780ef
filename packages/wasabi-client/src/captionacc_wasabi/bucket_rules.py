"""``captionacc-bucket-rules``: which pages may use the bucket, and when unfinished uploads go.

Safe to run again. A store that keeps such rules in its own configuration, as Swift does, refuses
them; the command names what it refused.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError
from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.settings import load_or_exit

from captionacc_wasabi.errors import translated
from captionacc_wasabi.s3 import open_client
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import StoreLimits

# What a page sends with its PUT and GET, and what it may read of an answer.
_METHODS = ["GET", "HEAD", "PUT"]
_EXPOSED = ["ETag", "Content-Length", "Content-Range", "Accept-Ranges"]
# Browsers keep the answer to a preflight for at most two hours (Chromium).
_PREFLIGHT_KEPT_S = 7200
# Swift takes a lifecycle for the body of a request to create the bucket, hence MalformedXML.
_NOT_OFFERED = {"NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "MalformedXML"}


@dataclass(frozen=True, kw_only=True)
class BucketRules:
    """``origins`` are those of the pages; uploads without an end go after some days."""

    origins: Sequence[str]
    abort_uploads_after_days: int


async def set_rules(settings: StoreSettings, rules: BucketRules) -> list[str]:
    """Set the rules; returns the names of those that the store does not offer.

    Raises:
        CaptionAccError: the store does not answer, or it refuses for another reason.
    """
    refused: list[str] = []

    async def attempt(name: str, request: Awaitable[object]) -> None:
        with translated("set the rules of", settings.wasabi_bucket):
            try:
                await request
            except ClientError as error:
                if error.response["Error"]["Code"] not in _NOT_OFFERED:
                    raise
                refused.append(name)

    async with open_client(settings, StoreLimits()) as client:
        await attempt(
            "CORS",
            client.put_bucket_cors(
                Bucket=settings.wasabi_bucket,
                CORSConfiguration={
                    "CORSRules": [
                        {
                            "AllowedOrigins": list(rules.origins),
                            "AllowedMethods": _METHODS,
                            "AllowedHeaders": ["*"],
                            "ExposeHeaders": _EXPOSED,
                            "MaxAgeSeconds": _PREFLIGHT_KEPT_S,
                        }
                    ]
                },
            ),
        )
        await attempt(
            "lifecycle",
            client.put_bucket_lifecycle_configuration(
                Bucket=settings.wasabi_bucket,
                LifecycleConfiguration={
                    "Rules": [
                        {
                            "ID": "captionacc-unfinished-uploads",
                            "Status": "Enabled",
                            "Filter": {"Prefix": ""},
                            "AbortIncompleteMultipartUpload": {
                                "DaysAfterInitiation": rules.abort_uploads_after_days
                            },
                        }
                    ]
                },
            ),
        )
    return refused


def main() -> None:
    """Exit 0 when the store has the rules, 1 when it refused one, 2 on wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="captionacc-bucket-rules",
        description="Let the pages of some origins use the bucket, and remove unfinished uploads.",
    )
    parser.add_argument(
        "--origin",
        action="append",
        required=True,
        dest="origins",
        metavar="ORIGIN",
        help="origin of the web app, such as https://captiona.cc; may be given several times",
    )
    parser.add_argument(
        "--abort-uploads-after-days",
        type=int,
        default=7,
        metavar="DAYS",
        help="days after which the store itself drops an upload that was never completed (7)",
    )
    given = parser.parse_args()
    settings = load_or_exit(StoreSettings)
    rules = BucketRules(
        origins=given.origins, abort_uploads_after_days=given.abort_uploads_after_days
    )
    try:
        refused = asyncio.run(set_rules(settings, rules))
    except CaptionAccError as error:
        sys.exit(f"captionacc-bucket-rules: {error.message}")
    for name in ("CORS", "lifecycle"):
        state = "not offered by this store: set it in the store's configuration"
        sys.stdout.write(f"{name}: {state if name in refused else 'set'}\n")
    sys.exit(1 if refused else 0)
