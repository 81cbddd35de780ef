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
