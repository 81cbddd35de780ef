"""The embedded stack: every server and service of CaptionA.cc on one machine."""
