"""Where the tests of a module stand, where that is not in the mirrored folder under the module's name."""

from __future__ import annotations

from typing import Final

OF_NO_MODULE: Final = ("invariants", "tampering", "deploy", "migrations")  # folders whose tests go through many modules
TESTED_ELSEWHERE: Final = {  # modules, or all of a folder, that the tests of another folder cover
    "rules/deciding/checked_walk": "rules/invariants/test_safety",
    "rules/deciding/comparable_amounts": "rules/recommending/test_why_not",
    "rules/language/forbidden_phrases": "rules/compiling/test_load",
    "service/api/schemas": "service/api/test_openapi",
    "service/auth": "service/api/test_access_roles",
    "service/casework/decisions/handover": "service/casework/cases/test_events",
    "service/casework/limits/naming": "service/cli/test_machines",
    "service/i18n/guards": "service/casework/cases/test_showing",
    "service/i18n/reports": "service/cli/test_report",
    "service/ledger/idempotency": "service/api/test_idempotency",
    "service/ledger/raw": "service/tampering/test_wrong_types",
    "service/ledger/readiness": "service/api/test_problems_outages",
    "service/ledger/retention": "service/casework/cases/test_erasing",
    "service/rendering/story": "service/casework/cases/test_timeline",
    "service/reports/catalog": "service/api/test_reports",
    "service/validation/case_file": "service/cli/test_decide",
}
OF_SEVERAL: Final = {  # tests that go through several modules of their folder
    "service/cli/test_machines": "budget, switch and sweep work on one ledger",
    "service/cli/test_read_only": "every command that only reads, on a ledger that it may not write",
}
