"""The gzipped SQLite files in the object store: one module per file, with schema, writer, reader.

Writers and readers block: async code calls them in a thread.
"""
