"""Which process serves which shard, and when it may identify."""
