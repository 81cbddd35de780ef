"""The peak memory of the stack's services, read before they stop."""

from captionacc_stack.lifecycle.stack import Up
from captionacc_stack.processes import peak_memory_mib


def peak_memory(up: Up) -> dict[str, float]:
    """Peak resident memory in MiB by service. For Postgres it is that of the main process only."""
    found = {name: peak_memory_mib(record.pid) for name, record in up.state.services.items()}
    return {name: value for name, value in found.items() if value is not None}
