"""HTTP code that all services share, built on Litestar."""
