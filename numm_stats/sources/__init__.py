"""What makes neutrinos."""
