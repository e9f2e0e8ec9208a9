"""What a reading of a recording can be handed on as."""
