"""Kiosks: screens of care institutions that show a new code every 30 seconds."""
