"""An extension that names a C function which is not there can be imported, and only then."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path

import pytest

from rules.lazy_binding import lazy_binding

EXTENSION = """
#include <Python.h>
extern PyObject *function_of_another_python(void);
static PyObject *call(PyObject *self, PyObject *args) { return function_of_another_python(); }
static PyMethodDef methods[] = {{"call", call, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "lacking", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_lacking(void) { return PyModule_Create(&module); }
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the extension is linked as on Linux")


@pytest.fixture
def lacking(tmp_path: Path) -> Path:
    """Return an extension of which a function calls one that no Python has."""
    source, built = tmp_path / "lacking.c", tmp_path / f"lacking{EXTENSION_SUFFIXES[0]}"
    source.write_text(EXTENSION, encoding="utf-8")
    compiler = shlex.split(sysconfig.get_config_var("CC"))
    flags = ["-shared", "-fPIC", "-Wl,-z,lazy", f"-I{sysconfig.get_path('include')}"]
    subprocess.run([*compiler, *flags, str(source), "-o", str(built)], check=True)
    return built


def load(extension: Path) -> None:
    spec = importlib.util.spec_from_loader("lacking", ExtensionFileLoader("lacking", str(extension)))
    assert spec is not None
    importlib.util.module_from_spec(spec)


def test_a_function_that_nothing_calls_may_be_missing(lacking: Path) -> None:
    before = sys.getdlopenflags()
    with pytest.raises(ImportError, match="function_of_another_python"):
        load(lacking)
    with lazy_binding():
        load(lacking)
    assert sys.getdlopenflags() == before


def test_an_import_that_fails_leaves_the_flags_as_they_were() -> None:
    before = sys.getdlopenflags()
    with pytest.raises(ImportError), lazy_binding():
        raise ImportError
    assert sys.getdlopenflags() == before


def test_a_system_without_these_flags_imports_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.getdlopenflags()
    monkeypatch.delattr(sys, "setdlopenflags")
    with lazy_binding():
        assert sys.getdlopenflags() == before
