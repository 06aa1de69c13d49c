"""cellcall: video calls in the terminal. The import package; it imports nothing itself."""

__version__ = "0.1.0"
