"""How unlike two samples of one column are: distances, tests, and what chance alone makes."""
