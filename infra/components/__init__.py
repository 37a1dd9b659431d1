"""Components, one for each concern."""
