"""The address of the console, with a link that signs a browser in."""

from datetime import UTC, datetime

from captionacc_stack import state, tokens
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.state import StackState

NOT_BUILT = "not built; `make console` says why"


async def console_line(found: StackState) -> str:
    """Say where the console is. The link works once, within ten minutes.

    The user of the link may also open the pages for operators: who starts a stack runs it.
    """
    if "console" not in found.addresses:
        return f"Console:    {NOT_BUILT}"
    now = datetime.now(UTC)
    token = tokens.mint(
        tenant=state.TENANT, secret=found.secrets.jwt_secret, now=now, operator=True
    )
    gateway = found.addresses["gateway"]
    try:
        async with GatewayClient(gateway, token) as client:
            link = await client.sign_in_link()
    except GatewayRefusalError as error:
        return f"Console:    {gateway}/console ({error})"
    return f"Console:    {gateway}{link.path} (signs in once, within ten minutes)"
