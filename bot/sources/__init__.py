"""Where a reference picture comes from, and whether it may be fetched."""
