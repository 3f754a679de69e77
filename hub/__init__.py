"""Run the hub: the Django project that keeps a library's loans and serves its kiosks, staff and patrons."""
