"""The connection pool, its statements, its errors and the listener."""
