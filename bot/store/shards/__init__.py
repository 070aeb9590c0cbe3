"""Assignment of shards to processes, and the limit on identifying."""
