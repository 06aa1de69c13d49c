"""Recordings: packets as they came into files, one for each stream, joined into one at the end.

A Matroska file's tracks are fixed with its header, and people come and go: so each stream has a
file of its own in a folder beside the one that was asked for. Each of those is whole to within a
second at any moment, and can be joined later, too, if this process dies.
"""
