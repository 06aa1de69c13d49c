"""The terminal this runs in: asking it what it is, concluding what it can do, talking to it raw.

No Textual in here: the app, plain mode and the commands use the same answers.
"""
