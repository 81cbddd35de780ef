"""Corrections of captions: what a person may ask for, and what it makes of the rows. Pure."""
