"""Generates a job's pictures, each with its model, and prepares the references for it."""
