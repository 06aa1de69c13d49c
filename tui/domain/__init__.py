"""Values and rules of a call. Standard library only: no asyncio, no clock, no I/O."""
