"""Where the stylesheets live: inside the package in a wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

# Inside first: in site-packages the folder next to us could be anybody's.
_FOLDERS = (_PACKAGE / "styles", _PACKAGE.parent / "styles")


def stylesheet(name: str) -> Path:
    """The absolute path of a stylesheet.

    Raises:
        FileNotFoundError: If the build left it out, or the name is misspelled.
    """
    for folder in _FOLDERS:
        if (path := folder / name).is_file():
            return path
    raise FileNotFoundError(f"no stylesheet {name!r} in {[str(f) for f in _FOLDERS]}")
