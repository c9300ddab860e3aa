"""A model of 10 KB that stands in for weights, whole and in the parts that packages carry."""

WEIGHTS = bytes(range(256)) * 40
PARTS = tuple(WEIGHTS[start : start + 2048] for start in range(0, len(WEIGHTS), 2048))
