from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.packs import Ready
from service.privacy.free_text import Known
from service.privacy.masking import KEEP, LEAVE_OUT, MASK, kept, mask, masked, veiled
from tests.support.filed import CASE, files, opened


@pytest.fixture(scope="module")
def pack() -> Any:
    content = files()
    facts = b"  line.name: {type: text, carried: true, personal: true, label: {zh: a, en: a}}\n"
    facts += b"  issue.phone: {type: text, carried: true, personal: true, label: {zh: b, en: b}}\n"
    facts += b"  issue.story: {type: text, carried: true, free_text: true, label: {zh: c, en: c}}\n"
    content["shop/vocabulary.yaml"] += facts
    ready = opened(content)
    yield ready
    ready.close()


def masked_case(ready: Ready, way: str, **customer: Any) -> dict[str, Any]:
    case = deepcopy(CASE)
    case["customer"].update(customer)
    case["order"]["lines"][0]["name"] = "给张小明的礼物"
    case["issues"][0]["phone"] = "13812345678"
    return dict(masked(case, ready.pack, way))


def test_personal_facts_of_case_lines_and_issues_are_masked(pack: Ready) -> None:
    found = masked_case(pack, MASK)
    assert found["customer"] == {"id": "C1", "name": "张***"}
    assert found["order"]["lines"][0]["name"] == "给***"
    assert found["issues"][0]["phone"] == "138****5678"


def test_personal_facts_are_left_out_where_the_setting_says_so(pack: Ready) -> None:
    found = masked_case(pack, LEAVE_OUT)
    assert found["customer"] == {"id": "C1"}
    assert "name" not in found["order"]["lines"][0]
    assert "phone" not in found["issues"][0]


def test_personal_facts_are_kept_where_the_setting_says_so(pack: Ready) -> None:
    assert masked_case(pack, KEEP)["customer"]["name"] == "张小明"


@pytest.mark.parametrize("way", [MASK, LEAVE_OUT])
def test_the_case_itself_stays_as_it_was(pack: Ready, way: str) -> None:
    case = deepcopy(CASE)
    masked(case, pack.pack, way)
    assert case == CASE


@pytest.mark.parametrize("way", [MASK, LEAVE_OUT, KEEP])
def test_a_case_without_anything_personal_is_the_same_object(pack: Ready, way: str) -> None:
    case = {"order": {"lines": [{"id": "1"}]}, "issues": [{"kind": "broken"}]}
    assert masked(case, pack.pack, way) is case


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三", "张***"),
        ("张小明", "张***"),
        ("张", "***"),
        ("", "***"),
        ("Li Na", "L***"),
        ("Alexander Humboldt", "Ale***"),
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("87654321", "876****"),
        ("1234567", "123****"),
        ("北京市朝阳区某某路1234567号院5栋601室某某收", "北京市****"),
        ("lina@example.com", "l***@example.com"),
        ("@example.com", "***@example.com"),
        ("lina@a.com@example.com", "l***@example.com"),
    ],
)
def test_what_is_masked_is_known_to_its_owner_only(text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text("张小明abc0123456789@. ", min_size=1, max_size=40))
def test_at_most_the_start_and_the_end_of_a_name_or_number_are_shown(text: str) -> None:
    private = text.partition("@")[0] if "@" in text else text
    shown = mask(text).partition("@")[0] if "@" in text else mask(text)
    left = len(shown.replace("*", ""))
    assert left <= 7
    assert left < len(private) or (len(private) <= 1 and "@" in text)


@pytest.mark.parametrize(
    "text", ["张小满", "13812345678", "z.xm@example.com", "浙江省杭州市西湖区文三路一号", "1234567 " * 5, "王"]
)
def test_what_was_masked_once_is_not_masked_further(text: str) -> None:
    assert mask(mask(text)) == mask(text) != text


# ---- free text

STORY = "张小明说电话13812345678没人接，订单13812345678"


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (MASK, "张***说电话138****5678没人接，订单13812345678"),
        (LEAVE_OUT, "***说电话***没人接，订单13812345678"),
        (KEEP, STORY),
    ],
)
def test_what_is_personal_in_free_text_is_masked_and_the_rest_stays(pack: Ready, way: str, expected: str) -> None:
    case = deepcopy(CASE)
    case["customer"]["name"] = "张小明"
    case["issues"][0]["story"] = STORY
    found = masked(case, pack.pack, way)
    assert found["issues"][0]["story"] == expected
    assert masked(found, pack.pack, way) is found  # as when the case is decided again


def test_a_number_by_which_a_case_is_filed_is_not_masked_in_its_texts(pack: Ready) -> None:
    case = deepcopy(CASE)
    case["order"]["no"] = case["issues"][0]["story"] = "6222020200012345670"
    assert masked(case, pack.pack, MASK)["issues"] == case["issues"]


def test_a_text_is_no_longer_than_a_case_may_state_when_it_was_masked() -> None:
    assert len(veiled("张三\n" * 660, Known(("张三",)), MASK)) == 2_000


def test_free_texts_beside_a_case_are_masked_and_codes_are_not() -> None:
    said = {"kind": "13812345678", "note": "13812345678", "evidence": [{"ref": "13812345678", "note": "13812345678"}]}
    assert kept(said, Known(regions=("CN",)), MASK) == {
        "kind": "13812345678",
        "note": "138****5678",
        "evidence": [{"ref": "13812345678", "note": "138****5678"}],
    }


def test_a_phone_that_is_the_customers_id_is_masked_in_texts_all_the_same(pack: Ready) -> None:
    case = deepcopy(CASE)
    case["customer"]["id"] = "13812345678"
    case["issues"][0]["story"] = "电话13812345678"
    assert masked(case, pack.pack, MASK)["issues"][0]["story"] == "电话138****5678"
