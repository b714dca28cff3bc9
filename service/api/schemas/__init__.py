"""Requests and responses as marshmallow schemas, a module a resource: for validation and for /openapi.json."""
