"""The job queue: admission, fair claims, leases, and the shared state of the relay."""
