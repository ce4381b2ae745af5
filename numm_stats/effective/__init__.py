"""Magnetic moments between mass states, flavours and experiments: what the command `moments` prints."""
