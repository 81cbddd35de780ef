"""How the stack starts, is shared between commands, and stops."""
