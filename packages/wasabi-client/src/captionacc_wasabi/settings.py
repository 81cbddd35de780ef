"""Address and credentials of the object store."""

from typing import Annotated

import msgspec


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is read from the variable of its name, such as ``WASABI_ENDPOINT_URL``."""

    wasabi_endpoint_url: Annotated[
        str,
        msgspec.Meta(
            description="Address of the S3 API.", examples=["https://s3.us-east-1.wasabisys.com"]
        ),
    ]
    wasabi_access_key: Annotated[
        str, msgspec.Meta(description="Access key of the S3 API.", examples=["ACCESSKEY"])
    ]
    wasabi_secret_key: Annotated[
        str, msgspec.Meta(description="Secret of the access key.", examples=["secret"])
    ]
    wasabi_bucket: Annotated[
        str, msgspec.Meta(description="Bucket that holds every object.", examples=["captionacc"])
    ]
    wasabi_region: Annotated[
        str, msgspec.Meta(description="Region that requests are signed for.")
    ] = "us-east-1"
    wasabi_public_endpoint_url: Annotated[
        str | None,
        msgspec.Meta(
            description="Address of the S3 API as browsers reach it, for presigned addresses; "
            "WASABI_ENDPOINT_URL if not set.",
            examples=["https://s3.us-east-1.wasabisys.com"],
        ),
    ] = None

    @property
    def browser_endpoint_url(self) -> str:
        """The address of the S3 API that a browser reaches."""
        return self.wasabi_public_endpoint_url or self.wasabi_endpoint_url
