"""减负: what is never asked of people, what it costs them, and where they say so."""
