"""What every test needs before anything is imported: an environment that changes no pixel."""

from __future__ import annotations

import os
import time

for name in [key for key in os.environ if key.startswith("TEXTUAL_")]:
    del os.environ[name]
for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM", "LINES", "COLUMNS", "ACCESSIBLE"):
    os.environ.pop(name, None)
# Textual reads these when it is imported.
os.environ.update(TEXTUAL_ANIMATIONS="none", TERM="xterm-256color", TZ="UTC")
time.tzset()
