"""Makes the cropped frames of a video: the single decoding pass, VP9 chunks and medians."""
