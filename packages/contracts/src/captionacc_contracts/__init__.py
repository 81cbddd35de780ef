"""The contracts between the parts of CaptionA.cc's back end; depends only on msgspec.

Each module holds one contract, shared by the writer, the reader and their tests.
"""
