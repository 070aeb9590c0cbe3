"""The schema: created, migrated and examined."""
