"""The main job on real-like video: wall time, processor time, memory and cost, beside others."""
