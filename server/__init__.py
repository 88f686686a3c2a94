"""Xunyue: whether the medical care promised to old people is really delivered."""
