"""The command `redress`: first whether it runs on its own packages, then what was asked."""

from __future__ import annotations

import sys

from service.cli.identity import intruder


def main() -> None:
    """Run the command line; exit 0 good, 1 findings, 2 misuse."""
    if found := intruder():
        print(f"redress: {found}", file=sys.stderr)
        sys.exit(2)
    from service.cli.commands import redress  # what it imports may be another's, until it is known to be ours

    redress(prog_name="redress")


if __name__ == "__main__":
    main()
