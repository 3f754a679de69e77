"""Drive an ESC/POS receipt printer over USB, a serial port, the network or a file, with python-escpos."""
