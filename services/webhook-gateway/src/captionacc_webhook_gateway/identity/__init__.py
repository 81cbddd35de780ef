"""Identifies callers: users by a Supabase token, the database by the webhook's secret."""
