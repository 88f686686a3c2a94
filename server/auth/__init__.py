"""Who may do what, as values."""
