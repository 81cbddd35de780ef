"""Versions of what this release computes with."""

EXTENTS_MODEL_VERSION = "0263b297e3661b29df2d8def153255fe161180200e3fe17f05ceb98b1d5099c2"
"""The caption-extents model that the compute functions of this release run."""
