"""JSON values by chance, as the body of a request."""

from __future__ import annotations

from hypothesis import strategies as st

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["unknown", "late", "1", "0.5", "2026-08-14", "2026-08-14T15:00:00+08:00"])
)  # fmt: skip


KEYS = st.sampled_from(["submitted_at", "at", "order", "lines", "issues", "kind", "line", "id", "evidence", "items"])
JSON = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS | st.text(), part, max_size=4)
)
