"""Thousands of fits at once: the compiled model as flat arrays, and two engines that fit batches of toys with them."""
