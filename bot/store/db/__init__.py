"""The database: engine, tables, transactions, and what PostgreSQL needs."""
