"""`python -m tui`: the `cellcall` command where the script is not on the path."""

from tui.cli import main

if __name__ == "__main__":
    main()
