"""Notes the names of users, so that others see who changed something."""

import asyncio
import time
from collections import OrderedDict
from uuid import UUID

from captionacc_contracts.errors import TransientError
from captionacc_contracts.web.together import PersonView
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

from captionacc_webhook_gateway.identity.user import User

# About 500 bytes each. A person who is forgotten is noted again, which costs one statement.
MOST_PEOPLE = 10_000
# One statement on one row. A request must not wait longer for a name than for its work.
NOTE_WITHIN_S = 0.5
# Retention removes people who were not noted for many days.
NOTE_AGAIN_S = 86400.0

_log = get_logger(__name__)


class KnownPeople:
    """Writes the name of a user once a day, and when the user's tokens have another one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: OrderedDict[tuple[UUID, UUID], tuple[PersonView, float]] = OrderedDict()

    async def note(self, user: User) -> None:
        """Remember what the user is called; a failure only delays that to the next request."""
        person = PersonView(id=user.id, name=user.name, email=user.email)
        key = (user.tenant_id, user.id)
        nameless = person.name is None and person.email is None
        noted, noted_at = self._noted.get(key, (None, 0.0))
        if nameless or (noted == person and time.monotonic() - noted_at < NOTE_AGAIN_S):
            return
        try:
            async with (
                asyncio.timeout(NOTE_WITHIN_S),
                self._database.autocommit() as session,
            ):
                await session.people.note(user.tenant_id, person)
        except (TransientError, TimeoutError) as error:
            _log.warning("person_not_noted", user_id=user.id, reason=type(error).__name__)
            return
        self._noted[key] = person, time.monotonic()
        self._noted.move_to_end(key)
        if len(self._noted) > MOST_PEOPLE:
            self._noted.popitem(last=False)
