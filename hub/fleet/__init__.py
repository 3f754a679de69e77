"""The kiosks as devices: how they are enrolled, known again, looked after; never judges a loan."""
