"""Real processes on virtual sound cards and bad networks, measured from outside."""
