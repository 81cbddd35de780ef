"""Repositories of videos, their captions, versions and publication."""
