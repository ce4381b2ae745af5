"""Questions about single experiments, put to the verbs."""
