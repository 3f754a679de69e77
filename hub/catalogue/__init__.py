"""What the library owns: titles with their MARC records, and items; it never knows who has borrowed what."""
