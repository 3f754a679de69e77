"""Weibo is publication: a sender that is off until a library turns it on."""
