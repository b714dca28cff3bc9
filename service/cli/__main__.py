"""The command `redress`: check that it runs on its own packages, then run the command line."""

from __future__ import annotations

import sys

from service.cli.identity import intruder


def main() -> None:
    """Run the command line; exit 0 for success, 1 for findings, 2 for wrong usage."""
    if found := intruder():
        print(f"redress: {found}", file=sys.stderr)
        sys.exit(2)
    from service.cli.commands import redress  # only now: before the check its imports could be foreign packages

    redress(prog_name="redress")


if __name__ == "__main__":
    main()
