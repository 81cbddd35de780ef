"""Versions of what this release computes with."""

EXTENTS_MODEL_VERSION = "fbbeae48d8327633a1beb953273e2ca574e0b6ffbac8fad581601185ba0172f1"
"""The version (digest of weights and rules) of the caption-extents model of this release."""
