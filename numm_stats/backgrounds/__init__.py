"""What else makes counts."""
