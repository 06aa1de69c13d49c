"""The list of benchmarks: what each measures, from its own first line."""

from __future__ import annotations

import ast
from pathlib import Path


def benchmarks() -> dict[str, str]:
    """Name of the module to run -> what it measures, for each that prints figures."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if '"--json"' in source:
            found[f"tests.bench.{path.stem}"] = (
                ast.get_docstring(ast.parse(source)) or ""
            ).partition("\n")[0]
    found.pop("tests.bench.__main__", None)
    return found


if __name__ == "__main__":
    width = max(map(len, benchmarks()))
    print(*(f"{name:{width}}  {told}" for name, told in benchmarks().items()), sep="\n")
