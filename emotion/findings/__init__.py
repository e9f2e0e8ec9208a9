"""What a recording comes to: the moments that matter and shares of its time."""
