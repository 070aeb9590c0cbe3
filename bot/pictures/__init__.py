"""Picture files: header parsing, verification, re-encoding and the store of originals."""
