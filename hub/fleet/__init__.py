"""Enrol and authenticate kiosks as devices, and monitor their health."""
