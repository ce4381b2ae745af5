"""What can be done with an analysis or a workspace."""
