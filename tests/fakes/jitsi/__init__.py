"""A Jitsi server in parts: an XMPP server (ours, or Debian's prosody), a focus and a bridge.

No test can install real jicofo and jitsi-videobridge. These behave as those are documented to, and
as they did when they were tried by hand; where it matters, a comment says so.
"""
