"""Export, deletion and retention of personal data."""
