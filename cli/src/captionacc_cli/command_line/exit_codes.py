"""The exit codes of every command."""

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
