"""The transport for LiveKit servers: the embedded one, livekit-server, LiveKit Cloud.

Nothing is imported here: the engine loads `transport` in a thread while a join may ask for it too,
and a package that imports its own module makes a circle in which one of them sees half of it.
"""
