"""Names for identifiers, so that a signature says which uuid it wants."""

from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
VideoId = NewType("VideoId", UUID)
