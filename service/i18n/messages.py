"""The messages of the service, in Chinese and English; texts about cases come from the pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh", "en")

Texts = Mapping[str, str]


def _texts(zh: str, en: str) -> Texts:
    return {"zh": zh, "en": en}


DID_YOU_MEAN: Final = _texts("；是否想写“{nearest}”？", " (did you mean '{nearest}'?)")

NOT_TAKEN: Final = _texts("不能填“{sent}”，", "'{sent}' is not accepted; ")

FAULTS: Final[Mapping[str, Texts]] = {
    # of the JSON text
    "bad_json": _texts(
        "不是合法的 JSON：第 {0} 行第 {1} 列，{2:json}", "this is not JSON: line {0}, column {1}: {2:json}"
    ),
    "not_utf8": _texts("不是 UTF-8 编码：从 0 数起的第 {0} 个字节有误", "this is not UTF-8: byte {0}, counted from 0"),
    "too_deep": _texts("嵌套过深", "objects and lists are nested too deep"),
    "key_twice": _texts("同一对象中此键出现了两次", "this key is repeated in the object"),
    "not_finite": _texts("不接受 NaN 和 Infinity", "NaN and Infinity are not numbers of JSON"),
    "huge_integer": _texts("整数过大", "this integer is too large"),
    "not_unicode": _texts("含有不成对的代理码位", "the text contains an unpaired surrogate"),
    # of the shape of a case
    "missing": _texts("缺少此项", "this is missing"),
    "unknown_key": _texts("没有这一项", "there is no such key"),
    "not_record": _texts("这里应是一个对象", "an object is expected here"),
    "not_list": _texts("这里应是一个列表", "a list is expected here"),
    "too_many": _texts("最多 {expected} 个", "there may be at most {expected}"),
    "too_few": _texts("至少需要 {expected} 个", "there must be at least {expected}"),
    "id_twice": _texts("此编号已被前面的一行使用", "an earlier line has this id"),
    "no_such_line": _texts("订单中没有这一行；已有：{expected}", "the order has no such line; there are: {expected}"),
    "other_pack": _texts("此处使用的政策包是 {expected}", "the pack in use here is {expected}"),
    # of values
    "not_yes_no": _texts("应为 true 或 false", "true or false is expected"),
    "not_one_of": _texts("应为其中之一：{expected}", "expected one of: {expected}"),
    "not_instant": _texts(
        "应为 RFC 3339 时间，如 2026-08-14T15:00:00+08:00",
        "an RFC 3339 time is expected, such as 2026-08-14T15:00:00+08:00",
    ),
    "naive_instant": _texts(
        "时间缺少时区，应如 2026-08-14T15:00:00+08:00",
        "the time has no offset; write it as 2026-08-14T15:00:00+08:00",
    ),
    "not_date": _texts("应为日期，如 2026-08-14", "a date is expected, such as 2026-08-14"),
    "not_money": _texts(
        "金额应为整数，以最小货币单位计，如 128.00 写作 12800",
        "an amount is an integer of minor units: 128.00 is written 12800",
    ),
    "float_money": _texts(
        "金额不能带小数点：以最小货币单位计，如 128.00 写作 12800",
        "an amount takes no decimal point: it counts minor units, 128.00 is written 12800",
    ),
    "money_range": _texts(
        "金额应在 0 与 {expected} 之间（以最小货币单位计）", "an amount lies between 0 and {expected} minor units"
    ),
    "not_number": _texts('应为数字，如 48、0.5 或 "0.5"', 'a number is expected, such as 48, 0.5 or "0.5"'),
    "number_range": _texts("数字过大", "the number is too large"),
    "too_small": _texts("不能小于 {expected}", "this cannot be less than {expected}"),
    "too_great": _texts("不能大于 {expected}", "this cannot be more than {expected}"),
    "year_range": _texts("年份应在 {0} 与 {1} 之间", "the year lies between {0} and {1}"),
    "not_yet": _texts(
        "时间晚于现在一天以上（现在是 {expected}）；如需推演将来，请用 ?mode=simulate",
        "this is more than a day after now, {expected}; use ?mode=simulate to try a future case",
    ),
    "ratio_range": _texts("比例应在 0 与 1 之间，如 0.20", "a ratio lies between 0 and 1, such as 0.20"),
    "not_text": _texts("应为文字", "a text is expected"),
    "text_length": _texts("文字过长", "the text is too long"),
    "not_integer": _texts("应为 {expected} 的整数", "an integer {expected} is expected"),
    "control_characters": _texts("含有不可见的控制字符", "the text contains control characters"),
    "not_count": _texts("应为不小于 0 的整数", "a whole number from 0 is expected"),
    # of what a person does with a decision
    "not_position": _texts(
        "应为备选方案的序号，从 0 开始", "the position of an alternative is expected, counted from 0"
    ),
    "not_wanted": _texts("选择“{0:way()}”时不应有此项", "this is not allowed with {0}"),
    "blank": _texts("不能为空", "this must not be blank"),
    "note_for_other": _texts("原因选择“其他（another）”时请填写备注", "the reason 'another' requires a note"),
    "less_than_refund": _texts("合计金额不能小于其中的退款", "this cannot be less than the refund in it"),
    "gives_nothing": _texts(
        "“{0:kind()}”不含退款，请勿填写此项，或改选其他类型",
        "{0} refunds nothing: leave this out, or choose another kind",
    ),
    "amount_wanted": _texts("“{0:kind()}”的金额应大于 0", "with {0} there is an amount above 0"),
    "not_line": _texts("应为一行文字，不能为空", "one line of text is expected; it must not be empty"),
    "not_whole": _texts("应为整数：{expected}", "a whole number is expected: {expected}"),
    # of events
    "not_beside": _texts("不能与 {expected} 同时给出", "this cannot be combined with {expected}"),
    "needs_facts": _texts("此项只与 facts 一起使用", "this is only allowed with facts"),
    "which_issue": _texts("有多项诉求，请说明是哪一项：{expected}", "there are several issues; say which: {expected}"),
    "which_line": _texts("有多个商品行，请说明是哪一行：{expected}", "there are several lines; say which: {expected}"),
    "no_such_issue": _texts("没有这项诉求；已有：{expected}", "there is no such issue; there are: {expected}"),
    "no_such_clock": _texts(
        "投诉单没有这个时限；现有：{expected}", "the case has no such deadline; it has: {expected}"
    ),
    "no_such_option": _texts("没有这个方案，共 {expected} 个", "there is no such option; there are {expected}"),
    "other_case": _texts("此投诉单的编号是 {expected}，不能更改", "this is case {expected}, which keeps its number"),
    "in_future": _texts("时间不能晚于现在", "this is in the future"),
    # of addresses and headers
    "unknown_parameter": _texts("没有这个参数；可用：{expected}", "there is no such parameter; there are: {expected}"),
    "bad_parameter": _texts("参数有误，应为：{expected}", "the parameter is invalid; expected: {expected}"),
    "strange_cursor": _texts(
        "不是此列表在相同筛选条件下给出的 next_cursor", "this is no next_cursor of this list with the same filters"
    ),
    # warnings
    "no_layer": _texts(
        "尚不支持商家自己的政策层，按政策包本身的规则处理",
        "shops have no policies of their own yet: the rules of the pack apply",
    ),
    "retired": _texts("此项已停用，不再影响结果", "this fact is retired and has no effect"),
}

PROBLEMS: Final[Mapping[str, Texts]] = {
    "bad_request": _texts("请求有误", "The request is wrong"),
    "bad_json": _texts("请求内容不是可用的 JSON", "The body is not JSON that can be used"),
    "bad_query": _texts("地址中的参数有误", "The parameters of the address do not fit"),
    "not_found": _texts(
        "没有这个地址，全部地址见 /openapi.json", "There is nothing at this address; /openapi.json lists what there is"
    ),
    "method_not_allowed": _texts("此地址不接受这种方法", "This address does not take this method"),
    "too_large": _texts("请求内容过大，上限为 {0} MiB", "The body is too large: {0} MiB is the limit"),
    "not_json": _texts("请以 Content-Type: application/json 发送", "Send the body with Content-Type: application/json"),
    "case_does_not_fit": _texts("案件内容不符合要求", "The case does not fit the vocabulary"),
    "no_pack": _texts("当前没有可用的政策包", "No policy pack is in use"),
    "no_ledger": _texts("台账未启用", "No ledger is in use"),
    "not_allowed": _texts(
        "此密钥没有“{0:scope()}”权限，请使用有此权限的密钥",
        "This key lacks a scope and may not {0:scope()}: use one that may",
    ),
    "not_listed": _texts(
        "此地址未列入权限表，任何密钥都不能使用",
        "This address is not in the list of permissions, so no key may use it",
    ),
    "key_is_bound": _texts(
        "此密钥只限于指定商家，而此地址涉及所有商家，请使用不限商家的密钥",
        "This key is bound to merchants, and this address concerns all of them: use a key that is not bound",
    ),
    "other_merchant": _texts(
        "此密钥只限于指定商家，不能处理商家“{0}”的投诉；未注明商家的投诉也不能处理",
        "This key is bound to other merchants than '{0}', and a case has to name one of them",
    ),
    "no_case": _texts("没有投诉单 {0}", "There is no case {0}"),
    "erased": _texts(
        "决定 {0} 的内容已按规定删除，或与原始记录不符，无法读取",
        "The record of decision {0} was erased, or does not match what was recorded",
    ),
    "not_now": _texts(
        "投诉单当前状态为“{1:state}”，不能登记“{0:event}”", "The case is {1:state}: '{0:event}' cannot come now"
    ),
    "body_does_not_fit": _texts("请求内容不符合要求", "The body does not fit what is wanted here"),
    "not_latest": _texts(
        "决定 {0} 已被更新的决定 {1} 取代，请按新决定处理",
        "Decision {0} is not the latest of its case: act on {1}",
    ),
    "already_taken": _texts("决定 {0} 已有处理结果", "The outcome of decision {0} was taken already"),
    "already_waiting": _texts(
        "决定 {0} 已有方案在等待审批", "A proposal for decision {0} is waiting for approval already"
    ),
    "in_execution": _texts(
        "决定 {0} 正由系统执行或已执行完毕", "A machine carries out decision {0}, or has done so already"
    ),
    "not_settled": _texts(
        "此决定尚缺信息或需人工判断，不能直接采纳；请补充信息，或另行给出处理方案",
        "This decision still asks for facts or for a person's judgement: add what is missing, or override it",
    ),
    "no_option": _texts(
        "没有第 {0} 个备选方案：共有 {1} 个，从 0 数起", "There is no alternative {0}: there are {1}, counted from 0"
    ),
    "outside_option": _texts(
        "该方案的退款金额应在 {0:money} 与 {1:money} 之间",
        "The refund of this alternative lies between {0:money} and {1:money}",
    ),
    "more_than_left": _texts(
        "退款 {0:money} 超出可退金额：实付减去已退款项和该订单其他投诉单已答应而尚未支付的款项后，还剩 {1:money}",
        "A refund of {0:money} is more than is left: {1:money} of what was paid is neither refunded nor promised in "
        "another case of the order",
    ),
    "promised_elsewhere": _texts(
        "订单 {0} 的另一张投诉单已答应退还同一商品的款项，尚未支付；请先处理完那张投诉单，或另行给出处理方案",
        "Another case of order {0} promises a refund for the same goods, and it is not paid yet: settle that one "
        "first, or override",
    ),
    "refunded_since": _texts(
        "作出决定之后，该订单又退款 {0:money}；请以原投诉单编号重新提交，或另行给出处理方案",
        "Since it was decided, {0:money} more of the order was refunded; have the case decided again under its number, "
        "or override",
    ),
    "given_since": _texts(
        "投诉单 {0} 已就同一订单的同一商品支付 {1:money}；请以原投诉单编号重新提交，系统会扣除已付款项",
        "Case {0} has given {1:money} for the same goods since: have the case decided again under its number, which "
        "takes off what was paid",
    ),
    "not_given": _texts(
        "此决定扣除了决定 {0} 的付款，但该笔付款后来没有成功；请以原投诉单编号重新提交",
        "This takes off the payment of decision {0}, which has failed since: have the case decided again under its "
        "number",
    ),
    "reference_used": _texts(
        "凭证号 {0} 已登记为决定 {1}（投诉单 {2}）的付款，一个凭证号只能登记一次",
        "Reference {0} stands for the payment of decision {1} (case {2}) already: a reference names one payment",
    ),
    "paid_not_known": _texts(
        "案件中没有各商品的实付金额，无法退款 {0:money}；请先补充实付金额",
        "The case does not state what was paid for each line, so {0:money} cannot be refunded: add it first",
    ),
    "decided_before": _texts(
        "{0} 已参与申诉前的处理，请由其他人处理", "{0} took part before the appeal: another person decides now"
    ),
    "nothing_waits": _texts("决定 {0} 没有等待审批的方案", "Decision {0} has no proposal that waits for approval"),
    "other_digest": _texts(
        "审批针对的内容与当前决定不一致，请核对后重新审批；当前摘要为 {0}",
        "The approval is for something else than the decision as it is: look again. Its digest is {0}",
    ),
    "own_proposal": _texts(
        "不能审批自己提出的方案", "You cannot approve your own proposal: another person must approve it"
    ),
    "role_too_low": _texts("需要{0:role}或更高级别的人员审批", "This is for {0:role} or a higher role to approve"),
    "other_case": _texts(
        "申诉的案件不一致：收到 {0}，应为 {1}", "The appeal is about another case: {0} was sent, it is {1}"
    ),
    "other_order": _texts(
        "投诉单 {0} 的{1:filed}是 {2}，收到的是 {3}；{1:filed}不同的投诉请另行提交，不要使用这个编号",
        "Case {0} is about {1:filed} {2}, and {3} was sent: submit that as a case of its own, without this number",
    ),
    "order_left_out": _texts(
        "投诉单 {0} 的{1:filed}是 {2}，本次提交没有注明；请补上后重新提交",
        "Case {0} is about {1:filed} {2}, which this leaves out: send it again with it",
    ),
    "approval_waits": _texts(
        "决定 {0} 有方案正等待{1:role}审批，暂不能重新决定；新的情况可登记为案件进展，审批后会一并考虑，"
        "也可由{1:role}或更高级别的人员重新提交",
        "Something proposed for decision {0} waits for approval by {1:role}, so the case is not decided again: record"
        " what is new as an event, which is considered after the approval, or have {1:role} or a higher role decide",
    ),
    "event_does_not_fit": _texts("登记的内容不符合要求", "The event does not fit"),
    "busy": _texts(
        "投诉单 {0} 正被多方同时更新，请稍后重试", "Other requests are changing case {0} at the moment; try again"
    ),
    "still_executing": _texts(
        "决定 {0} 的执行尚未确认，确认后才能结案",
        "The execution of decision {0} is not confirmed; close the case after that",
    ),
    "still_waiting": _texts(
        "决定 {0} 有方案等待审批，请先在 /v1/decisions/{0}/approval 处理",
        "A proposal for decision {0} is waiting for approval: settle it first, at /v1/decisions/{0}/approval",
    ),
    "execution_open": _texts(
        "决定 {0} 已有执行记录（{1:execution}），不能再登记人工执行；"
        "系统执行的结果请在 /v1/decisions/{0}/execution 回报",
        "Decision {0} has an execution already ({1:execution}): none by hand can be added. A machine reports at"
        " /v1/decisions/{0}/execution",
    ),
    "outcome_first": _texts(
        "决定 {0} 尚无处理结果，不能登记人工执行：请先在 /v1/decisions/{0}/outcome 登记处理结果，再登记执行；"
        "款项如已付出，请由组长或经理在其权限内另行给出与付款相符的处理方案，再登记执行",
        "Decision {0} has no outcome yet, so no payment can be recorded on it: take one first, at"
        " /v1/decisions/{0}/outcome. Where money was paid already, have a lead or manager override the decision with"
        " what was paid, within their limit, and record it then",
    ),
    "more_than_outcome": _texts(
        "登记的付款超出决定 {0} 的处理结果（退款 {1:money}，合计 {2:money}）；款项如已付出，请对该投诉单重新作出决定，"
        "由组长或经理在其权限内另行给出与付款相符的处理方案，再登记执行",
        "The payment is more than the outcome of decision {0} gives: {1:money} of refund, {2:money} in all. Where it"
        " was paid already, have the case decided again and a lead or manager override that with what was paid,"
        " within their limit, and record it then",
    ),
    "no_decision": _texts("没有决定 {0}", "There is no decision {0}"),
    "no_key": _texts(
        "请以 Authorization: Bearer 附上有效的密钥", "Send a key that is in force, as Authorization: Bearer TOKEN"
    ),
    "this_machine_only": _texts(
        "尚未创建密钥，仅限本机直接访问；请先运行 redress keys make",
        "There is no key yet, so only direct requests from this machine are served: run redress keys make",
    ),
    "ledger_silent": _texts("台账暂时无法读取，请稍后再试", "The ledger cannot be read at present; try again shortly"),
    "ledger_full": _texts(
        "台账所在的磁盘已满，暂时无法记录，请稍后再试",
        "The disk of the ledger is full: nothing can be recorded at present; try again later",
    ),
    "ledger_read_only": _texts(
        "台账目前只能读取，暂时无法记录，请稍后再试",
        "The ledger can only be read at present, so nothing can be recorded; try again later",
    ),
    "ledger_faulty": _texts(
        "台账的存储出现故障，暂时无法使用，请稍后再试",
        "The storage of the ledger has failed; try again later",
    ),
    "ledger_crowded": _texts(
        "台账数据库的连接或内存已用尽，请稍后再试",
        "The database of the ledger has no connection or memory left; try again shortly",
    ),
    "ledger_busy": _texts(
        "台账正忙，此次请求等待超时，请稍后再试", "The ledger is busy with others; try again shortly"
    ),
    "batch_spent": _texts(
        "前面的案件已达到单次请求的处理上限，此案件未处理；请另行提交",
        "The cases before this one took all that one request may ask for; it was not decided: send it again in another",
    ),
    "batch_does_not_fit": _texts("批量请求的内容不符合要求", "The batch is not an object with a list of items"),
    "key_missing": _texts(
        "此操作需要 Idempotency-Key 请求头：每次操作用一个新的值，重试时沿用",
        "The header Idempotency-Key is required: a new value for each operation, the same value for a retry",
    ),
    "bad_idempotency_key": _texts(
        "Idempotency-Key 应为 1 至 200 个可见的 ASCII 字符", "An Idempotency-Key is 1 to 200 visible ASCII characters"
    ),
    "other_request": _texts(
        "此 Idempotency-Key 已用于另一个请求，请换一个",
        "This Idempotency-Key was used for another request: use a new one",
    ),
    "still_running": _texts(
        "同一 Idempotency-Key 的请求仍在处理，请稍后再试", "The request with this Idempotency-Key is still running"
    ),
    "outcome_unknown": _texts(
        "此请求已经生效（记录 {0}），但当时的答复没有保存：请查看该记录，不会再次执行",
        "This request took effect as {0}, but its answer was lost: look there; it is not run again",
    ),
    "answer_lost": _texts(
        "此请求已处理过，但当时的答复已无法读取，不会再次执行；请核对现状，仍需办理时换一个 Idempotency-Key",
        "This request was answered before, but that answer cannot be read any more, and it is not run again: see how "
        "things stand, and take a new Idempotency-Key if it is still wanted",
    ),
    # of webhooks
    "webhook_does_not_fit": _texts("网络回调的内容不符合要求", "The webhook does not fit"),
    "webhook_url": _texts(
        "回调地址应写作 https://主机[:端口]/路径，不带用户名、空格和 #",
        "Write the address as https://HOST[:PORT]/PATH, without a user, blanks or #",
    ),
    "webhook_host": _texts(
        "设置 REDRESS_WEBHOOK_HOSTS 中没有 {0}，请先加入",
        "{0} is not among the hosts in REDRESS_WEBHOOK_HOSTS; add it there first",
    ),
    "webhook_plain": _texts(
        "{0} 不是本机，请使用 https", "{0} is not this machine: use https; http is allowed for loopback only"
    ),
    "webhook_address": _texts(
        "{0} 指向非公开地址 {1}；确需如此，请把该地址也加入 REDRESS_WEBHOOK_HOSTS",
        "{0} resolves to {1}, which is not public; if this is intended, add {1} to REDRESS_WEBHOOK_HOSTS as well",
    ),
    "webhook_unresolved": _texts("找不到主机 {0} 的地址", "The host {0} has no address"),
    "too_many_webhooks": _texts(
        "最多 {0} 个网络回调，请先删除不再使用的", "There may be at most {0} webhooks; remove one first"
    ),
    "no_webhook": _texts("没有网络回调 {0}", "There is no webhook {0}"),
    "not_for_machines": _texts(
        "决定 {0} 不能自动执行，请由人工处理",
        "Decision {0} may not be carried out automatically: a person has to handle it",
    ),
    "not_automatic": _texts(
        "决定 {0} 现在不能由系统执行：处理方式为“{1:mode}”，状态为“{2:decision}”",
        "Decision {0} cannot be carried out automatically now ({1:mode}; {2:decision})",
    ),
    "claimed_already": _texts("决定 {0} 已由其他系统领取", "Decision {0} was claimed by another caller"),
    "claim_ended": _texts(
        "决定 {0} 的领取已结束（{1:execution}），不能再次领取",
        "The claim of decision {0} has ended ({1:execution}): it cannot be claimed again",
    ),
    "not_claimed": _texts("决定 {0} 未被领取，请先领取", "Decision {0} was never claimed: claim it first"),
    "claimed_by_another": _texts(
        "决定 {0} 由其他系统领取，只有领取者可以回报",
        "Decision {0} was claimed by another caller, who alone may report on it",
    ),
    "not_late": _texts(
        "决定 {0} 的领取尚未逾期（{1} 前可由领取者回报），现在不能由人工核实结案",
        "The claim of decision {0} is not late yet: until {1} its claimer alone may report on it",
    ),
    "lead_settles": _texts(
        "逾期未确认的执行，须由{0:role}或更高级别的人员核实", "A late claim is for {0:role} or a higher role to settle"
    ),
    "reported_otherwise": _texts(
        "决定 {0} 此前已回报为“{1:execution}”，与本次不符",
        "Decision {0} was reported before ({1:execution}), which this contradicts",
    ),
    "other_pack_decided": _texts(
        "此决定由政策包 {0} 作出，请在使用该政策包的服务中处理",
        "Pack {0} made this decision: use a service with that pack",
    ),
    "goods_first": _texts(
        "决定 {0} 须先收回并验收商品，再退款",
        "Under decision {0} the goods come back and are inspected before money goes out",
    ),
    "for_people": _texts(
        "复核须由处理投诉的人员进行，{0:role}不能复核", "Reviews are for people who handle cases: {0:role} may not"
    ),
    "reviewed_already": _texts("决定 {0} 已经复核过", "Decision {0} was reviewed already"),
    "not_drawn": _texts("决定 {0} 未被抽中复核", "Decision {0} was not drawn for review"),
    "no_scope": _texts("没有 {0} 这一范围；可用：{1:switch()}", "There is no scope {0}; there are: {1}"),
    "no_report": _texts("没有报表 {0}；可用：{1}", "There is no report {0}; there are: {1}"),
    "internal": _texts("服务内部出错，请交由人工处理", "An internal error occurred; a person has to decide"),
}
