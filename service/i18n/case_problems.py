"""The titles of problems with cases, decisions, outcomes and executions, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.texts import Texts, texts

CASE_PROBLEMS: Final[Mapping[str, Texts]] = {
    # cases and decisions
    "no_case": texts("没有投诉单 {0}", "There is no case {0}"),
    "erased": texts(
        "决定 {0} 的内容已按规定删除，或与原始记录不符，无法读取",
        "The record of decision {0} was erased or changed, so it cannot be read",
    ),
    "not_now": texts(
        "投诉单当前状态为“{1:state}”，不能登记“{0:event}”", "The case is {1:state}: '{0:event}' cannot be recorded now"
    ),
    "busy": texts(
        "投诉单 {0} 正被多方同时更新，请稍后重试", "Other requests are changing case {0} at the moment: try again later"
    ),
    "other_case": texts(
        "申诉的案件不一致：收到 {0}，应为 {1}", "The appeal names another case: {0} was sent, {1} is expected"
    ),
    "other_order": texts(
        "投诉单 {0} 的{1:filed}是 {2}，收到的是 {3}；{1:filed}不同的投诉请另行提交，不要使用这个编号",
        "Case {0} is about {1:filed} {2}, but {3} was sent: submit it as a separate case, without this number",
    ),
    "order_left_out": texts(
        "投诉单 {0} 的{1:filed}是 {2}，本次提交没有注明；请补上后重新提交",
        "Case {0} is about {1:filed} {2}, which is missing here: send the request again with it",
    ),
    "no_decision": texts("没有决定 {0}", "There is no decision {0}"),
    "other_pack_decided": texts(
        "此决定由政策包 {0} 作出，请在使用该政策包的服务中处理",
        "Pack {0} made this decision: use a service that runs this pack",
    ),
    "not_latest": texts(
        "决定 {0} 已被更新的决定 {1} 取代，请按新决定处理",
        "Decision {0} was replaced by a later one: use {1}",
    ),
    # outcomes, approvals and reviews
    "already_taken": texts("决定 {0} 已有处理结果", "Decision {0} already has an outcome"),
    "already_waiting": texts(
        "决定 {0} 已有方案在等待审批", "A proposal for decision {0} is already waiting for approval"
    ),
    "in_execution": texts(
        "决定 {0} 正由系统执行或已执行完毕", "A machine is carrying out decision {0} or has already done so"
    ),
    "not_settled": texts(
        "此决定尚缺信息或需人工判断，不能直接采纳；请补充信息，或另行给出处理方案",
        "This decision still needs facts or the judgement of a person: add what is missing, or override it",
    ),
    "no_option": texts(
        "没有第 {0} 个备选方案：共有 {1} 个，从 0 数起",
        "There is no alternative {0}: the decision has {1}, counted from 0",
    ),
    "outside_option": texts(
        "该方案的退款金额应在 {0:money} 与 {1:money} 之间",
        "The refund of this alternative must be between {0:money} and {1:money}",
    ),
    "more_than_left": texts(
        "退款 {0:money} 超出可退金额：实付减去已退款项和该订单其他投诉单已答应而尚未支付的款项后，还剩 {1:money}",
        "A refund of {0:money} is more than what is left: of the amount paid, only {1:money} is neither refunded nor "
        "promised in another case of the order",
    ),
    "promised_elsewhere": texts(
        "订单 {0} 的另一张投诉单已答应退还同一商品的款项，尚未支付；请先处理完那张投诉单，或另行给出处理方案",
        "Another case of order {0} promises a refund for the same goods that is not paid yet: settle that case "
        "first, or override this decision",
    ),
    "refunded_since": texts(
        "作出决定之后，该订单又退款 {0:money}；请以原投诉单编号重新提交，或另行给出处理方案",
        "Since this decision, another {0:money} of the order was refunded: submit the case again under its number, "
        "or override this decision",
    ),
    "given_since": texts(
        "投诉单 {0} 已就同一订单的同一商品支付 {1:money}；请以原投诉单编号重新提交，系统会扣除已付款项",
        "Case {0} has since paid {1:money} for the same goods: submit the case again under its number, and the "
        "payment is deducted",
    ),
    "not_given": texts(
        "此决定扣除了决定 {0} 的付款，但该笔付款后来没有成功；请以原投诉单编号重新提交",
        "This decision deducts the payment of decision {0}, which has since failed: submit the case again under its "
        "number",
    ),
    "reference_used": texts(
        "凭证号 {0} 已登记为决定 {1}（投诉单 {2}）的付款，一个凭证号只能登记一次",
        "Reference {0} is already used for the payment of decision {1} (case {2}): a reference can be used only once",
    ),
    "paid_not_known": texts(
        "案件中没有各商品的实付金额，无法退款 {0:money}；请先补充实付金额",
        "The case does not state the amount paid for each line, so {0:money} cannot be refunded: add the amounts first",
    ),
    "decided_before": texts(
        "{0} 已参与申诉前的处理，请由其他人处理", "{0} was involved before the appeal: another person has to decide"
    ),
    "nothing_waits": texts("决定 {0} 没有等待审批的方案", "Decision {0} has no proposal waiting for approval"),
    "other_digest": texts(
        "审批针对的内容与当前决定不一致，请核对后重新审批；当前摘要为 {0}",
        "The approval does not match the current proposal: check it again. The current digest is {0}",
    ),
    "own_proposal": texts(
        "不能审批自己提出的方案", "You cannot approve your own proposal: another person must approve it"
    ),
    "role_too_low": texts("需要{0:role}或更高级别的人员审批", "The approval needs {0:role} or a higher role"),
    "approval_waits": texts(
        "决定 {0} 有方案正等待{1:role}审批，暂不能重新决定；新的情况可登记为案件进展，审批后会一并考虑，"
        "也可由{1:role}或更高级别的人员重新提交",
        "A proposal for decision {0} is waiting for approval by {1:role}, so the case cannot be decided again now:"
        " record new information as an event, which is considered after the approval, or let {1:role} or a higher role"
        " submit it again",
    ),
    "still_executing": texts(
        "决定 {0} 的执行尚未确认，确认后才能结案",
        "The execution of decision {0} is not confirmed yet: close the case afterwards",
    ),
    "still_waiting": texts(
        "决定 {0} 有方案等待审批，请先在 /v1/decisions/{0}/approval 处理",
        "A proposal for decision {0} is waiting for approval: handle it first, at /v1/decisions/{0}/approval",
    ),
    "for_people": texts(
        "复核须由处理投诉的人员进行，{0:role}不能复核", "Only people who handle cases can review: {0:role} cannot"
    ),
    "reviewed_already": texts("决定 {0} 已经复核过", "Decision {0} has already been reviewed"),
    "not_drawn": texts("决定 {0} 未被抽中复核", "Decision {0} was not drawn for review"),
    # executions
    "execution_open": texts(
        "决定 {0} 已有执行记录（{1:execution}），不能再登记人工执行；"
        "系统执行的结果请在 /v1/decisions/{0}/execution 回报",
        "Decision {0} already has an execution ({1:execution}), so no manual execution can be recorded. A machine"
        " reports its result at /v1/decisions/{0}/execution",
    ),
    "outcome_first": texts(
        "决定 {0} 尚无处理结果，不能登记人工执行：请先在 /v1/decisions/{0}/outcome 登记处理结果，再登记执行；"
        "款项如已付出，请由组长或经理在其权限内另行给出与付款相符的处理方案，再登记执行",
        "Decision {0} has no outcome yet, so no manual execution can be recorded: record the outcome first, at"
        " /v1/decisions/{0}/outcome. If the money was already paid, ask a lead or manager to override the decision with"
        " the amount paid, within their limit, and record the execution then",
    ),
    "more_than_outcome": texts(
        "登记的付款超出决定 {0} 的处理结果（退款 {1:money}，合计 {2:money}）；款项如已付出，请对该投诉单重新作出决定，"
        "由组长或经理在其权限内另行给出与付款相符的处理方案，再登记执行",
        "The payment is more than the outcome of decision {0} allows: {1:money} of refund, {2:money} in total. If it"
        " was already paid, have the case decided again, ask a lead or manager to override that decision with the"
        " amount paid, within their limit, and record the execution then",
    ),
    "not_for_machines": texts(
        "决定 {0} 不能自动执行，请由人工处理",
        "Decision {0} cannot be carried out automatically: a person has to handle it",
    ),
    "not_automatic": texts(
        "决定 {0} 现在不能由系统执行：处理方式为“{1:mode}”，状态为“{2:decision}”",
        "Decision {0} cannot be carried out automatically now (mode: {1:mode}; state: {2:decision})",
    ),
    "claimed_already": texts("决定 {0} 已由其他系统领取", "Decision {0} was already claimed by another caller"),
    "claim_ended": texts(
        "决定 {0} 的领取已结束（{1:execution}），不能再次领取",
        "The claim of decision {0} has ended ({1:execution}): it cannot be claimed again",
    ),
    "not_claimed": texts("决定 {0} 未被领取，请先领取", "Decision {0} has not been claimed: claim it first"),
    "claimed_by_another": texts(
        "决定 {0} 由其他系统领取，只有领取者可以回报",
        "Decision {0} was claimed by another caller, and only that caller can report its result",
    ),
    "not_late": texts(
        "决定 {0} 的领取尚未逾期（{1} 前可由领取者回报），现在不能由人工核实结案",
        "The claim of decision {0} is not late yet: until {1} only its claimer can report its result",
    ),
    "lead_settles": texts(
        "逾期未确认的执行，须由{0:role}或更高级别的人员核实", "Settling a late claim needs {0:role} or a higher role"
    ),
    "reported_otherwise": texts(
        "决定 {0} 此前已回报为“{1:execution}”，与本次不符",
        "Decision {0} was already reported as {1:execution}, which this contradicts",
    ),
    "goods_first": texts(
        "决定 {0} 须先收回并验收商品，再退款",
        "Decision {0} requires that the goods are returned and inspected before the refund",
    ),
}
