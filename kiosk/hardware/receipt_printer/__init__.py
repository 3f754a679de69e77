"""An ESC/POS receipt printer over USB, a serial port, the network or a file, by python-escpos."""
