"""Import C extensions that name functions which this Python does not have."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lazy_binding() -> Iterator[None]:
    """Look up the C functions of an extension imported here when they are first called, not all of them at once.

    Windows has no such setting; there the import stays as it is.
    """
    if not hasattr(sys, "setdlopenflags"):
        yield
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        yield
    finally:
        sys.setdlopenflags(flags)
