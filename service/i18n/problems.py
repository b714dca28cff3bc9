"""The titles of problem documents, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.case_problems import CASE_PROBLEMS
from service.i18n.texts import Texts, texts

PROBLEMS: Final[Mapping[str, Texts]] = {
    # requests
    "bad_request": texts("请求有误", "The request is invalid"),
    "bad_json": texts("请求内容不是可用的 JSON", "The body is not usable JSON"),
    "bad_query": texts("地址中的参数有误", "The query parameters are invalid"),
    "not_found": texts(
        "没有这个地址，全部地址见 /openapi.json", "This address does not exist; /openapi.json lists all addresses"
    ),
    "method_not_allowed": texts("此地址不接受这种方法", "This address does not accept this method"),
    "too_large": texts("请求内容过大，上限为 {0} MiB", "The body is too large: the limit is {0} MiB"),
    "not_json": texts("请以 Content-Type: application/json 发送", "Send the body with Content-Type: application/json"),
    "body_does_not_fit": texts("请求内容不符合要求", "The body does not match the schema of this request"),
    "case_does_not_fit": texts("案件内容不符合要求", "The case does not match the vocabulary"),
    "event_does_not_fit": texts("登记的内容不符合要求", "The event does not match its schema"),
    "batch_does_not_fit": texts("批量请求的内容不符合要求", "The batch does not match its schema"),
    "webhook_does_not_fit": texts("网络回调的内容不符合要求", "The webhook does not match its schema"),
    "batch_spent": texts(
        "前面的案件已达到单次请求的处理上限，此案件未处理；请另行提交",
        "The cases before it used up the limit of one request, so this case was not decided: send it in another one",
    ),
    "no_scope": texts("没有 {0} 这一范围；可用：{1:switch()}", "There is no scope {0}; the scopes are: {1}"),
    "no_report": texts("没有报表 {0}；可用：{1}", "There is no report {0}; the reports are: {1}"),
    "no_pack": texts("当前没有可用的政策包", "No policy pack is loaded"),
    "internal": texts("服务内部出错，请交由人工处理", "An internal error occurred: a person has to decide"),
    # keys
    "no_key": texts("请以 Authorization: Bearer 附上有效的密钥", "Send a valid key as Authorization: Bearer TOKEN"),
    "this_machine_only": texts(
        "尚未创建密钥，仅限本机直接访问；请先运行 redress keys make",
        "There is no key yet, so only direct requests from this machine are answered: run redress keys make",
    ),
    "not_allowed": texts(
        "此密钥没有“{0:scope()}”权限，请使用有此权限的密钥",
        "This key has no permission to {0:scope()}: use a key that has it",
    ),
    "not_listed": texts(
        "此地址未列入权限表，任何密钥都不能使用",
        "This address is not in the list of permissions, so no key can use it",
    ),
    "key_is_bound": texts(
        "此密钥只限于指定商家，而此地址涉及所有商家，请使用不限商家的密钥",
        "This key is bound to certain merchants, but this address concerns all merchants: use a key that is not bound",
    ),
    "other_merchant": texts(
        "此密钥只限于指定商家，不能处理商家“{0}”的投诉；未注明商家的投诉也不能处理",
        "This key is bound to certain merchants: it cannot be used for '{0}', or for a case without a merchant",
    ),
    # ledger
    "no_ledger": texts("台账未启用", "No ledger is in use"),
    "ledger_silent": texts("台账暂时无法读取，请稍后再试", "The ledger cannot be read at the moment: try again later"),
    "ledger_full": texts(
        "台账所在的磁盘已满，暂时无法记录，请稍后再试",
        "The disk of the ledger is full, so nothing can be recorded at the moment: try again later",
    ),
    "ledger_read_only": texts(
        "台账目前只能读取，暂时无法记录，请稍后再试",
        "The ledger is read-only at the moment, so nothing can be recorded: try again later",
    ),
    "ledger_faulty": texts(
        "台账的存储出现故障，暂时无法使用，请稍后再试",
        "The storage of the ledger has failed: try again later",
    ),
    "ledger_crowded": texts(
        "台账数据库的连接或内存已用尽，请稍后再试",
        "The database of the ledger has no connection or memory left: try again later",
    ),
    "ledger_busy": texts(
        "台账正忙，此次请求等待超时，请稍后再试", "The ledger is busy with other requests: try again later"
    ),
    # idempotency keys
    "key_missing": texts(
        "此操作需要 Idempotency-Key 请求头：每次操作用一个新的值，重试时沿用",
        "The header Idempotency-Key is required: a new value for each operation, the same value for a retry",
    ),
    "bad_idempotency_key": texts(
        "Idempotency-Key 应为 1 至 200 个可见的 ASCII 字符", "An Idempotency-Key has 1 to 200 visible ASCII characters"
    ),
    "other_request": texts(
        "此 Idempotency-Key 已用于另一个请求，请换一个",
        "This Idempotency-Key was used for another request: use a new one",
    ),
    "still_running": texts(
        "同一 Idempotency-Key 的请求仍在处理，请稍后再试", "The request with this Idempotency-Key is still running"
    ),
    "outcome_unknown": texts(
        "此请求已经生效（记录 {0}），但当时的答复没有保存：请查看该记录，不会再次执行",
        "This request took effect (entry {0}), but its response was lost: read that entry; it is not run again",
    ),
    "answer_lost": texts(
        "此请求已处理过，但当时的答复已无法读取，不会再次执行；请核对现状，仍需办理时换一个 Idempotency-Key",
        "This request was already handled, but its response can no longer be read, and it is not run again: check the "
        "current state, and use a new Idempotency-Key if the operation is still needed",
    ),
    # webhooks
    "webhook_url": texts(
        "回调地址应写作 https://主机[:端口]/路径，不带用户名、空格和 #",
        "The address has to be https://HOST[:PORT]/PATH, without a user, spaces or #",
    ),
    "webhook_host": texts(
        "设置 REDRESS_WEBHOOK_HOSTS 中没有 {0}，请先加入",
        "{0} is not one of the hosts in REDRESS_WEBHOOK_HOSTS: add it there first",
    ),
    "webhook_plain": texts(
        "{0} 不是本机，请使用 https", "{0} is not this machine: use https; http is allowed for this machine only"
    ),
    "webhook_address": texts(
        "{0} 指向非公开地址 {1}；确需如此，请把该地址也加入 REDRESS_WEBHOOK_HOSTS",
        "{0} resolves to {1}, which is not a public address: if this is intended, add {1} to REDRESS_WEBHOOK_HOSTS too",
    ),
    "webhook_unresolved": texts("找不到主机 {0} 的地址", "No address was found for the host {0}"),
    "too_many_webhooks": texts(
        "最多 {0} 个网络回调，请先删除不再使用的", "At most {0} webhooks are allowed: remove one first"
    ),
    "no_webhook": texts("没有网络回调 {0}", "There is no webhook {0}"),
    **CASE_PROBLEMS,
}
