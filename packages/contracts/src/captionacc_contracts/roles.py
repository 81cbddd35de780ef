"""What a person may do in the person's tenant."""

from enum import StrEnum


class Role(StrEnum):
    """The claim ``app_metadata.role`` of a user token; each role may do all that an earlier may.

    A token without the claim is an annotator's, as tokens were before there were roles.
    """

    VIEWER = "viewer"
    """Reads videos, captions and usage."""
    ANNOTATOR = "annotator"
    """Uploads videos, starts and cancels their work, and edits captions."""
    REVIEWER = "reviewer"
    """Decides what stays, such as which version of the captions is in force."""
    ADMIN = "admin"
    """Manages the tenant. An admin of a tenant is not an operator of this service."""

    def includes(self, needed: "Role") -> bool:
        """Whether this role may do what ``needed`` may do."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
