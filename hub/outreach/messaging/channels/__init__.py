"""Transports to patrons, one package per provider."""
