"""Videos on the stack: which there are, what is known of one, and their deletion."""
