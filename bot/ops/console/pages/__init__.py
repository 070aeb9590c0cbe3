"""The console's pages: each reads what it shows through a service and renders a template."""
