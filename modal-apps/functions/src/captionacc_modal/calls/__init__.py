"""The compute functions, one module for each."""
