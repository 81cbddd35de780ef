"""The compute functions as Modal functions and as local processes."""
