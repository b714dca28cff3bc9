"""What is personal in free text, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.privacy.free_text import Known
from service.privacy.masking import LEAVE_OUT, MASK, veiled

# Numbers of no person: the example of GB 11643-1999, test numbers of card issuers, the example of ISO 13616.
# The card of UnionPay has nothing but its range and its check digit.
PAPER, CARD, UNION_PAY, IBAN = "11010519491231002X", "4111111111111111", "6222020200012345670", "DE89370400440532013000"
CN = Known(regions=("CN",))
CASE = Known(("张小明", "Anna Müller", "13900001111", "0571 8765 4321"), frozenset({"6222020200012345670"}), ("CN",))


def shown(text: str, known: Known = CN) -> str:
    return veiled(text, known, MASK)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("打13812345678没人接", "打138****5678没人接"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678，谢谢", "138****5678，谢谢"),
        ("１３８１２３４５６７８", "138****5678"),
        ("138\u200b1234\u00ad5678", "138****5678"),
        ("一三八一二三四五六七八", "138****5678"),
        ("8月14日 13812345678", "8月14日 138****5678"),
        ("2026-08-14 138 1234 5678", "2026-08-14 138****5678"),
        ("+49 171 1234567", "491****4567"),
        ("0049 171 1234567, +33 6 12 34 56 78", "004****4567, 336****5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "138****5678"),
        ("座机010-88887777", "座机010****7777"),
        ("（010）8888 7777", "（010****7777"),
        ("电话：8765 4321", "电话：876****"),
        ("订单联系电话13812345678", "订单联系电话138****5678"),
        (f"身份证{PAPER}", "身份证110****002X"),
        ("110105 19491231 002x", "110****002X"),
        ("110299194912310025", "110****0025"),  # no county has this code; check digit and day of birth are good
        ("证件号：E12345678", "证件号：E12****"),
        (CARD, "411****1111"),
        ("４１１１ １１１１ １１１１ １１１１", "411****1111"),
        (f"退到{UNION_PAY}", "退到622****5670"),
        ("6222 0202 0001 2345 670", "622****5670"),
        ("卡号 6222020200012345671", "卡号 622****5671"),  # a mistyped number is still a card number to a reader
        (f"IBAN {IBAN[:4]} {IBAN[4:]}", "IBAN DE8****3000"),
        ("写信到 a.b@example.com", "写信到 a***@example.com"),
        ("微信：wx_abc123", "微信：w***"),
        ("加微信wx_abc123谢谢", "加微信w***谢谢"),
        ("港澳通行证C12345678的", "港澳通行证C12****的"),
        ("收件人：张三，请补发", "收件人：张***，请补发"),
        ("联系人: 欧阳小明 13812345678", "联系人: 欧*** 138****5678"),
        ("我叫李小四。快递给了王五先生", "我叫李***。快递给了王***先生"),
        ("客户李小四，要求退款", "客户李***，要求退款"),
        ("Recipient: Anna Müller, please", "Recipient: A***, please"),
        ("138,1234,5678", "138****5678"),
        ("138、1234、5678或139·1234·5678或137_1234_5678", "138****5678或139****5678或137****5678"),
        ("138.1234.5678", "138****5678"),
        ("一三八 一二三四 五六七八", "138****5678"),
        ("4111.1111.1111.1111", "411****1111"),
        ("快递小哥13812345678", "快递小哥138****5678"),  # his number and not the parcel's
        ("QQ12345678", "QQ123****"),
        ("欧阳小明女士", "欧***女士"),
    ],
)
def test_what_is_personal_is_masked_where_it_stands(text: str, kept: str) -> None:
    assert shown(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "订单 4512345678901234567 还没发货",
        f"订单号{UNION_PAY}",
        f"快递单号 {CARD}",
        "手机订单号：13812345678",
        "运单SF1381234567890，YT8812345678901",
        "order 4111111111111111",
        "原价1399.00 现价199.00，1399.00/199.00，1399.00 199.00",
        "共13,800,000,000元，1350.00,199.00",
        "客户陈述：李宁女士跑鞋开胶",
        "4111111111111112",  # the check digit is wrong
        "9011111111111111",  # no issuer has this range
        "110105194912310021",  # the check digit is wrong
        "退款12800.00元，2026年8月14日，2026-08-14 15:30",
        "尺码 13 20 15 30 12 8 15 16，规格 1380*1234*5678，共128件、300个、1500克",
        "请打客服电话400-820-8820或95338",
        "电话2026-08-14打过，没有人接",
        "收件人不在，联系人换了",
        "客户高兴，用户余额不足，客户王者归来了",
        "张先生、李女士来过电话，我是老客户，本人陈述如上",
        "8190123456789012",  # no bank issues such numbers
        "IBAN ist mir nicht bekannt",
        "一二三四五，上山打老虎",
        "v1.2.3-20260814 @ home",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("张小明说坏了，张 小 明很生气", "张***说坏了，张***很生气"),
        ("anna müller called; Müller is angry", "A*** called; A*** is angry"),
        ("回电0571-87654321", "回电057****4321"),
        ("139.0000.1111", "139****1111"),
        (f"Anna{CARD}", "A***411****1111"),
        ("write to Anna Müller@example.com", "write to M***@example.com"),  # what overlaps is masked as one
        ("张小明13900001111", "张***139****1111"),
        (UNION_PAY, UNION_PAY),  # the number by which the case is filed
        ("annals of muller", "annals of muller"),
    ],
)
def test_what_the_case_states_of_a_person_is_found_in_its_texts(text: str, kept: str) -> None:
    assert shown(text, CASE) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [("客户张三要求退款", "客户张***求退款"), ("张贴了单子", "张贴了单子"), ("收件人张三", "收件人张***")],
)
def test_a_name_that_was_masked_before_is_known_by_its_initial(text: str, kept: str) -> None:
    assert shown(text, Known(("张***",))) == kept


def test_one_sign_is_no_name() -> None:
    assert shown("王牌店铺，A级", Known(("王", "A"))) == "王牌店铺，A级"


def test_nothing_of_it_is_shown_where_it_is_left_out() -> None:
    assert veiled("张小明 13812345678 坏了", CASE, LEAVE_OUT) == "*** *** 坏了"


def test_without_a_region_only_numbers_that_say_their_country_are_phones() -> None:
    assert shown("+86 138 1234 5678 13812345678", Known()) == "861****5678 13812345678"


def test_a_text_of_numbers_is_masked_number_by_number_or_as_a_whole() -> None:
    many = "1234567" + " 1234567" * 80
    assert "1234567" not in shown(many)
    assert shown(f"{many}，{CARD}，{PAPER}") == f"123****，{shown(CARD)}，{shown(PAPER)}"
    assert shown(f"{many}，订单号4512345678901234567").endswith("订单号4512345678901234567")


PIECES = (
    *("138", "1234", "5678", CARD, PAPER, "电话", "卡号", "微信", " ", "-", "*", "，"),
    *("张小明", "张三", "收件人：", "客户", "Anna", "Müller", "Name: ", "a@b.cn"),
)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join))
def test_what_was_masked_once_is_not_masked_further(text: str) -> None:
    once = shown(text, CASE)
    assert shown(once, CASE) == once


@given(st.text(), st.text())
def test_no_text_hides_a_number_that_stands_apart(before: str, after: str) -> None:
    assert CARD not in shown(f"{before}\n{CARD}\n{after}")
