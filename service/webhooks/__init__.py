"""Webhooks: endpoints of other programs, the outbox of their messages, and the delivery."""
