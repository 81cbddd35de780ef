"""What crosses a boundary of CaptionA.cc's back end; depends on msgspec alone.

Each module holds one contract, shared by the writer, the reader and their tests.
"""
