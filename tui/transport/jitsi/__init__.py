"""Jitsi conferences: XMPP for signalling, a video bridge for media (spec cometchat-calls (j))."""
