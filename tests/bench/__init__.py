"""Benchmarks; `python -m tests.bench` lists them.

Each is run as a module; with `--json` it prints one JSON object. Quote CPU time and ratios within
one run: on a busy machine the clock on the wall says little.
"""
