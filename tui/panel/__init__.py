"""The call as one widget: what it shows, what its keys do, what lies over it."""
