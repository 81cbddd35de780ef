"""Open the object store that the settings name."""

from contextlib import AbstractAsyncContextManager

from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore, StoreLimits


def open_store(
    settings: StoreSettings, *, limits: StoreLimits | None = None
) -> AbstractAsyncContextManager[ObjectStore]:
    """The store behind an S3 address, for ``async with``; opening it sends nothing."""
    # Importing botocore takes long, and a command line may end before it opens a store.
    from captionacc_wasabi.s3 import open_s3

    return open_s3(settings, limits or StoreLimits())
