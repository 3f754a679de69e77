"""Inject every network fault between real kiosks and a real hub; count losses, duplicates and waits."""
