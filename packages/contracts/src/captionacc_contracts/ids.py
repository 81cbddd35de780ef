"""Names for identifiers, so that a signature says which kind of uuid it takes."""

from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
VideoId = NewType("VideoId", UUID)
