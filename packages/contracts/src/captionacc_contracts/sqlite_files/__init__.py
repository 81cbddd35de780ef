"""The gzipped SQLite files in the object store: one module a file, with schema, writer and reader.

Writers and readers block: async code calls them in a thread.
"""
