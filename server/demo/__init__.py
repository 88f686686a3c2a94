"""A fictional county with half a year of rounds, made through the product's own services."""
