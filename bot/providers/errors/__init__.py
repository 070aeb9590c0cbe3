"""What error responses mean."""
