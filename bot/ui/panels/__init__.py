"""The pages and panels that commands show."""
