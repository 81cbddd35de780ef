"""The files that a run writes as data: captions.json and timings.json."""
