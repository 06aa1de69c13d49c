"""The `cellcall` command."""
