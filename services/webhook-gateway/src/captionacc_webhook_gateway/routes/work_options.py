"""Query parameters of the routes that start work."""

from typing import Annotated

import msgspec
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter, SkipValidation

Force = Annotated[bool, QueryParameter(description="Compute again even if an equal result exists.")]


class WorkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a user wants the work to be done.

    ``ageing`` says whether the score rises while the job waits. ``anew`` ignores equal results.
    """

    ageing: bool
    anew: bool


Options = NamedDependency[SkipValidation[WorkOptions]]
"""Type of a route's parameter ``options``."""


async def provide_options(
    disable_age_boosting: FromQuery[bool] = False, force: Force = False
) -> WorkOptions:
    """Provide the parameter ``options`` of routes."""
    return WorkOptions(ageing=not disable_age_boosting, anew=force)
