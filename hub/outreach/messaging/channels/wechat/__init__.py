"""The WeChat official account: template and subscription messages."""
