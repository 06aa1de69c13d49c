"""What the server answers over HTTP: REST, RoomService, signalling websockets."""
