"""What an analysis says: its TOML as types."""
