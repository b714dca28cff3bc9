from __future__ import annotations

import pytest

from service.ledger.masking import mask


@pytest.mark.parametrize(
    "text", ["张小满", "13812345678", "z.xm@example.com", "浙江省杭州市西湖区文三路一号", "1234567 " * 5, "王"]
)
def test_what_was_masked_once_is_not_masked_further(text: str) -> None:
    assert mask(mask(text)) == mask(text) != text
