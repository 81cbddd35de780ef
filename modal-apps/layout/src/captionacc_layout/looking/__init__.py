"""Looks at whole frames with the network of the extents model, and finds the text in them."""
