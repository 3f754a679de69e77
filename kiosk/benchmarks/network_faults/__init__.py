"""Inject every network fault between real kiosks and a real hub, and count losses, duplicates and waits."""
