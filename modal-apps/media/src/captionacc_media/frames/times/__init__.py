"""Makes the times of a stream run on: repaired, continuous and known ahead of decoding."""
