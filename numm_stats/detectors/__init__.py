"""What sees electrons."""
