"""Tells a lack of memory from a picture that the libraries cannot read."""

_WORDS = ("std::bad_alloc", "Failed to allocate memory", "Insufficient memory")
"""What ONNX Runtime and OpenCV say; their errors have no class of their own for it."""


def raise_refused_memory(error: Exception) -> None:
    """Raise a ``MemoryError`` when ``error`` says that the system refused memory.

    Such an error says nothing about the picture: another process may read it.
    """
    if isinstance(error, MemoryError) or any(words in str(error) for words in _WORDS):
        raise MemoryError(str(error)) from error
