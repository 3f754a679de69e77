"""The reference central: a Django project that keeps the library's loans; it never imports the desk or a screen."""
