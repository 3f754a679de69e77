"""Weibo: public posts, off until a library turns them on."""
