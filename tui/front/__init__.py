"""What both front ends share: what a call starts with, how it is entered, what is kept of it."""
