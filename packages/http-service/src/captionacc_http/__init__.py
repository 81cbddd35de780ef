"""HTTP code that the services share, built on Litestar."""
