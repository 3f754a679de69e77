"""Import files that staff upload, with the code of the import commands."""
