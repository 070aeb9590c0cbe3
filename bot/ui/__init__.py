"""What people see: cards, buttons, modals, texts, and how an outcome reaches its asker."""
