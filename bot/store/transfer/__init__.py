"""Backups, their restoration, and copies from one database into another."""
