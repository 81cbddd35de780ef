"""The HTTP edge: Supabase's webhook, REST for the web app, and live events."""
