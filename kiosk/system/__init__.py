"""Access the machine and the process: clock, health, host, logs, sockets, files."""
