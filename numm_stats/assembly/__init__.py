"""From an analysis to the objects of each floor."""
