"""Index fields of a case, and limits of roles."""

from __future__ import annotations

from tests.support.small_packs import make_small_pack

HEAD = """
pack: small
currency: CNY
time_zone: Asia/Shanghai
languages: [en]
filed_under: {order: order.no, cause: remedy.option}
limits: {agent: gate.agent, lead: gate.lead}
"""
FIGURES = """
gate.agent: {type: money, values: 20 CNY}
gate.lead: {type: money, values: {2020-01-01: 50 CNY, 2026-01-01: 80 CNY}}
"""


def test_a_pack_says_under_what_it_is_filed_and_how_far_roles_go() -> None:
    small_pack = make_small_pack(facts="order.no: {type: text, carried: true}", pack=HEAD, parameters=FIGURES)
    assert dict(small_pack.pack.filed_under) == {"order": "order.no", "cause": "remedy.option"}
    assert {role: figure.values for role, figure in small_pack.pack.limits.items()} == {
        "agent": (2_000,),
        "lead": (5_000, 8_000),
    }
    small_pack.close()


def test_a_pack_need_not_say_it() -> None:
    small_pack = make_small_pack()
    assert (dict(small_pack.pack.filed_under), dict(small_pack.pack.limits)) == ({}, {})
    small_pack.close()
