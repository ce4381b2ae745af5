"""Neutrinos meet electrons: formulas of numbers and arrays."""
