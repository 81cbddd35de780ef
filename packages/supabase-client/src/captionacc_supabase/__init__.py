"""Postgres behind Supabase: pool, transactions, repositories and migrations."""
