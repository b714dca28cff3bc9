"""Cases and events that several tests send."""

from __future__ import annotations

from typing import Any

AFTERNOON = "2026-08-14T16:00:00+08:00"  # in China, when the services of tests decide

CASE: dict[str, Any] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "at": "2026-08-14T15:30:00+08:00",
    "order": {"refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 12800, "quantity": 1}]},
    "issues": [{"kind": "broken", "line": "1", "spoiled_ratio": "0.20", "injury": False}],
}


PEACHES: dict[str, Any] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "at": "2026-08-14T16:00:00+08:00",
    "channel": "chat",
    "platform": "own_shop",
    "order": {
        "no": "A1001",
        "paid_at": "2026-08-10T09:12:00+08:00",
        "free_shipping": True,
        "refunded_fen": 0,
        "lines": [{"id": "1", "name": "水蜜桃", "category": "fresh", "quantity": 1, "paid_fen": 12800}],
    },
    "delivery": {
        "shipped_at": "2026-08-10T20:00:00+08:00",
        "signed_at": "2026-08-14T10:00:00+08:00",
        "signer": "recipient",
    },
    "customer": {"id": "c1", "name": "张三", "contact": "13812345678", "tier": "normal", "orders_180d": 12,
                 "refunds_180d": 0, "risk": "low"},
    "complaint": {"group": False, "media": False, "handler": "李四"},
    "issues": [
        {"kind": "quality", "line": "1", "spoiled_ratio": "0.20", "wants": "refund_only", "injury": False,
         "description": "两成坏了",
         "evidence": {"conflict": False, "items": [{"kind": "photo", "shows": ["whole_lot"], "from": "customer"}]}}
    ],
}  # fmt: skip


GOOD: list[dict[str, Any]] = [
    {"kind": "evidence_added", "facts": {"a.b": 1}, "issue": 0, "references": ["oss://bucket/1.jpg"]},
    {"kind": "merchant_replied", "case": {"anything": []}, "meets": ["reply_by"]},
    {"kind": "merchant_silent"},
    {"kind": "return_shipped", "tracking_no": "SF123", "carrier": "顺丰", "at": "2026-11-22T10:00:00+08:00"},
    {"kind": "return_inspected", "result": "swapped", "note": "里面是一块砖"},
    {"kind": "customer_accepted", "option": 0},
    {"kind": "customer_rejected"},
    {"kind": "person_requested"},
    {"kind": "executed", "reference": "P1", "refund_fen": 0, "total_fen": 100},
    {"kind": "followed_up", "note": "已确认到账"},
    {"kind": "satisfaction", "score": 5, "satisfied": True, "suggestion": "快一点"},
    {"kind": "summary", "note": "包装不足"},
    {"kind": "tag", "tag": "typical", "off": False},
    {"kind": "assigned", "handler": "小李"},
    {"kind": "dispute_negotiated", "result": "agreed", "note": "各担一半"},
    {"kind": "note", "note": "x"},
    {"kind": "closed"},
    {"kind": "archived"},
    {"kind": "reopened", "note": "客户又来电"},
]
