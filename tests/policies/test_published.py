"""The published cases can be decided: they measure the packs, see `redress test --published`, and need not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import policy_tests
from service.packs import PUBLISHED, TESTS, every

WITH_PUBLISHED = [folder for folder in every() if (folder / PUBLISHED).is_dir()]


@pytest.mark.parametrize("folder", WITH_PUBLISHED, ids=lambda folder: folder.name)
def test_every_published_case_fits_the_vocabulary_and_names_its_source(folder: Path) -> None:
    tests = policy_tests.read(folder, PUBLISHED)
    runner = policy_tests.Runner(folder)
    assert (tests.problems, runner.misfits(tests)) == ((), ())
    assert len(tests.trials) == len(list((folder / PUBLISHED).iterdir()))
    runner.close()


@pytest.mark.parametrize("folder", WITH_PUBLISHED, ids=lambda folder: folder.name)
def test_published_cases_are_no_policy_tests_of_the_pack(folder: Path) -> None:
    files = {trial.place.file for trial in policy_tests.read(folder).trials}
    assert files
    assert all(f"/{TESTS}/" in file for file in files)


def test_both_packs_are_measured() -> None:
    assert [folder.name for folder in WITH_PUBLISHED] == ["cn", "eu"]
