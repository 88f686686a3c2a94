"""Reading the trail of acts, and the ends of its chains as they are sent outside."""
