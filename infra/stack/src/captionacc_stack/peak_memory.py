"""Highest memory of the stack's services, read before they stop."""

from captionacc_stack.lifecycle.processes import peak_memory_mib
from captionacc_stack.lifecycle.stack import Up


def peak_memory(up: Up) -> dict[str, float]:
    """Peak resident MiB by service. Postgres counts as its main process alone."""
    found = {name: peak_memory_mib(record.pid) for name, record in up.state.services.items()}
    return {name: value for name, value in found.items() if value is not None}
