"""The forwarding unit: one UDP port, ICE-lite, DTLS, SRTP; packets are routed, never decoded."""
