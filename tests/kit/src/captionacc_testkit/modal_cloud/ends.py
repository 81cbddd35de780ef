"""How a call may end other than by returning or raising: a function's body raises one of these."""


class ContainerDiedError(Exception):
    """The container is gone for good, by a kill or for want of memory; nothing was returned."""


class PreemptedError(Exception):
    """The container was taken away: Modal runs the same input again, and counts no retry."""


class InputLostError(Exception):
    """Modal lost the input inside itself."""
