"""The append-only trail of who did what, written in the same transaction as the act."""
