"""The staff pages of lending rules; each draws and asks, and judges nothing."""
