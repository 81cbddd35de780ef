"""Ways in which a call may end without returning or raising; a test's body raises one."""


class ContainerDiedError(Exception):
    """The container was killed or ran out of memory; the call returned nothing."""


class PreemptedError(Exception):
    """Modal took the container away; it runs the same input again and does not count a retry."""


class InputLostError(Exception):
    """Modal lost the input because of an internal error."""
