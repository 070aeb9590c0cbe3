"""What is done with results that were delivered: posted again, saved, deleted."""
