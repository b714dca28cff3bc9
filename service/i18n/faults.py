"""What is wrong with a value of a request, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.texts import Texts, texts

DID_YOU_MEAN: Final = texts("；是否想写“{nearest}”？", " (did you mean '{nearest}'?)")

NOT_TAKEN: Final = texts("不能填“{sent}”，", "'{sent}' is not accepted; ")

FAULTS: Final[Mapping[str, Texts]] = {
    # of the JSON text
    "bad_json": texts(
        "不是合法的 JSON：第 {0} 行第 {1} 列，{2:json}", "this is not valid JSON: line {0}, column {1}: {2:json}"
    ),
    "not_utf8": texts(
        "不是 UTF-8 编码：从 0 数起的第 {0} 个字节有误", "this is not valid UTF-8 at byte {0}, counted from 0"
    ),
    "too_deep": texts("嵌套过深", "objects and lists are nested too deeply"),
    "key_twice": texts("同一对象中此键出现了两次", "this key is repeated in the object"),
    "not_finite": texts("不接受 NaN 和 Infinity", "NaN and Infinity are not valid JSON numbers"),
    "huge_integer": texts("整数过大", "this integer is too large"),
    "not_unicode": texts("含有不成对的代理码位", "the text contains an unpaired surrogate"),
    # of the shape of a case
    "missing": texts("缺少此项", "this is missing"),
    "unknown_key": texts("没有这一项", "this key does not exist"),
    "not_record": texts("这里应是一个对象", "an object is expected here"),
    "not_list": texts("这里应是一个列表", "a list is expected here"),
    "too_many": texts("最多 {expected} 个", "at most {expected} are allowed"),
    "too_few": texts("至少需要 {expected} 个", "at least {expected} are required"),
    "id_twice": texts("此编号已被前面的一行使用", "an earlier line already has this id"),
    "no_such_line": texts("订单中没有这一行；已有：{expected}", "the order has no such line; its lines: {expected}"),
    "other_pack": texts("此处使用的政策包是 {expected}", "the pack in use here is {expected}"),
    # of values
    "not_yes_no": texts("应为 true 或 false", "true or false is expected"),
    "not_one_of": texts("应为其中之一：{expected}", "expected one of: {expected}"),
    "not_instant": texts(
        "应为 RFC 3339 时间，如 2026-08-14T15:00:00+08:00",
        "an RFC 3339 time is expected, such as 2026-08-14T15:00:00+08:00",
    ),
    "naive_instant": texts(
        "时间缺少时区，应如 2026-08-14T15:00:00+08:00",
        "the time has no UTC offset; write it as 2026-08-14T15:00:00+08:00",
    ),
    "not_date": texts("应为日期，如 2026-08-14", "a date is expected, such as 2026-08-14"),
    "not_money": texts(
        "金额应为整数，以最小货币单位计，如 128.00 写作 12800",
        "an amount is an integer of minor units: 128.00 is written 12800",
    ),
    "float_money": texts(
        "金额不能带小数点：以最小货币单位计，如 128.00 写作 12800",
        "an amount has no decimal point: it is a number of minor units, 128.00 is written 12800",
    ),
    "money_range": texts(
        "金额应在 0 与 {expected} 之间（以最小货币单位计）", "an amount must be between 0 and {expected} minor units"
    ),
    "not_number": texts('应为数字，如 48、0.5 或 "0.5"', 'a number is expected, such as 48, 0.5 or "0.5"'),
    "number_range": texts("数字过大", "the number is too large"),
    "too_small": texts("不能小于 {expected}", "this cannot be less than {expected}"),
    "too_great": texts("不能大于 {expected}", "this cannot be more than {expected}"),
    "year_range": texts("年份应在 {0} 与 {1} 之间", "the year must be between {0} and {1}"),
    "not_yet": texts(
        "时间晚于现在一天以上（现在是 {expected}）；如需推演将来，请用 ?mode=simulate",
        "this is more than a day in the future (now: {expected}); use ?mode=simulate to try a future case",
    ),
    "ratio_range": texts("比例应在 0 与 1 之间，如 0.20", "a ratio must be between 0 and 1, such as 0.20"),
    "not_text": texts("应为文字", "a text is expected"),
    "text_length": texts("文字过长", "the text is too long"),
    "not_integer": texts("应为 {expected} 的整数", "an integer {expected} is expected"),
    "control_characters": texts("含有不可见的控制字符", "the text contains control characters"),
    "not_count": texts("应为不小于 0 的整数", "an integer of at least 0 is expected"),
    # of what a person does with a decision
    "not_position": texts(
        "应为备选方案的序号，从 0 开始", "the position of an alternative is expected, counted from 0"
    ),
    "not_wanted": texts("选择“{0:way()}”时不应有此项", "this is not allowed with {0}"),
    "blank": texts("不能为空", "this must not be blank"),
    "note_for_other": texts("原因选择“其他（another）”时请填写备注", "the reason 'another' requires a note"),
    "less_than_refund": texts("合计金额不能小于其中的退款", "this cannot be less than the refund that it includes"),
    "gives_nothing": texts(
        "“{0:kind()}”不含退款，请勿填写此项，或改选其他类型",
        "{0} has no refund: leave this out, or choose another kind",
    ),
    "amount_wanted": texts("“{0:kind()}”的金额应大于 0", "{0} requires an amount above 0"),
    "not_line": texts("应为一行文字，不能为空", "one line of text is expected; it must not be empty"),
    "not_whole": texts("应为整数：{expected}", "an integer is expected: {expected}"),
    # of events
    "not_beside": texts("不能与 {expected} 同时给出", "this cannot be combined with {expected}"),
    "needs_facts": texts("此项只与 facts 一起使用", "this is only allowed with facts"),
    "which_issue": texts("有多项诉求，请说明是哪一项：{expected}", "there are several issues; name one of: {expected}"),
    "which_line": texts("有多个商品行，请说明是哪一行：{expected}", "there are several lines; name one of: {expected}"),
    "no_such_issue": texts("没有这项诉求；已有：{expected}", "there is no such issue; the issues are: {expected}"),
    "no_such_clock": texts(
        "投诉单没有这个时限；现有：{expected}", "the case has no such deadline; its deadlines are: {expected}"
    ),
    "no_such_option": texts("没有这个方案，共 {expected} 个", "there is no such option; there are {expected}"),
    "other_case": texts("此投诉单的编号是 {expected}，不能更改", "this is case {expected}; its number cannot change"),
    "in_future": texts("时间不能晚于现在", "this is in the future"),
    # of addresses and headers
    "unknown_parameter": texts("没有这个参数；可用：{expected}", "there is no such parameter; valid: {expected}"),
    "bad_parameter": texts("参数有误，应为：{expected}", "the parameter is invalid; expected: {expected}"),
    "strange_cursor": texts(
        "不是此列表在相同筛选条件下给出的 next_cursor", "this is not a next_cursor of this list with the same filters"
    ),
    # warnings
    "no_layer": texts(
        "尚不支持商家自己的政策层，按政策包本身的规则处理",
        "policies of a single shop are not supported yet: the rules of the pack apply",
    ),
    "retired": texts("此项已停用，不再影响结果", "this fact is retired and has no effect"),
    "moved": texts("此项已停用，请改用 {expected}", "this fact is retired; use {expected} in its place"),
}
