"""Run the hub: the Django project that keeps the loans and serves kiosks, staff and patrons."""
