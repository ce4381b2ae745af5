"""ROOT files to boost-histograms: events by stated cuts and expressions, and saved histograms."""
