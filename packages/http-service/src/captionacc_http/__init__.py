"""What every HTTP service of ours does the same way at its edge, on Litestar."""
