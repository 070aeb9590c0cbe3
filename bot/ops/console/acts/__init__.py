"""What the operator does on the console: each act is confirmed on a page of its own, and audited."""
