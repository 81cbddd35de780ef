"""The real servers of the embedded stack, described as data and started as processes of ours."""
