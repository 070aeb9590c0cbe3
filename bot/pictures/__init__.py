"""Picture files: header parsing, verification, re-encoding and the store of originals."""

import pyvips

# No operation is ever repeated, and a cached one would keep its decoder in memory.
pyvips.cache_set_max(0)
