"""Templates to pyhf JSON and patch sets, and back: the only place that writes pyhf specs."""
