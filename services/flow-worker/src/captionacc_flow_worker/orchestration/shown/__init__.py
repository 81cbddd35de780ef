"""What people see of an attempt in Prefect: stages, lines, tables, pictures, and how it ended."""
