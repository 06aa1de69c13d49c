"""Calls with peers nobody here wrote: the Rust SDK, livekit-client in Chromium, livekit-server."""
