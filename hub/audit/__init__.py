"""Roles and rights of staff, the access log with reasons, and the evidence for an outside auditor."""
