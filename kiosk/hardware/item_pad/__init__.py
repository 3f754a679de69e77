"""Drive the item pad: a PN5180 behind a Raspberry Pi Pico, or a FEIG reader."""
