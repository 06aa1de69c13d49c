"""Sessions and who is in them: publishing, subscribing, messages, and what is told to whom."""
