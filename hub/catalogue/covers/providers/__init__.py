"""Find covers by ISBN; one module per provider, and `covers.toml` names those that the library uses."""
