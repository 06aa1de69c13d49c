"""Textual widgets: values in, messages out."""
