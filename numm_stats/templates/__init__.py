"""Source x cross section x response, as boost-histograms with named variations."""
