"""The embedded servers (Postgres, Swift, Prefect), described as data and run as child processes."""
