"""Who takes part in a conversation, who speaks when, and how the talk is divided."""
