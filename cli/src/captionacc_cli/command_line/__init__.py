"""The command line: arguments, checks of them, exit codes, and what each command prints."""
