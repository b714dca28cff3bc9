"""Import C extensions that refer to functions which this Python lacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lazy_binding() -> Iterator[None]:
    """Resolve the C functions of an extension that is imported here at their first call.

    Windows has no such setting; there the import is unchanged.
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
