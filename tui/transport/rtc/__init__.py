"""What every transport over aiortc needs: peer connections, tracks, pictures, and aiortc's traps.

The only package of the client that names aiortc or aioice; `livekit` and `jitsi` build on it.
"""
