"""Defects, put into the example's templates one at a time, and what sees them."""
