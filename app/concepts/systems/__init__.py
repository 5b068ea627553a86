"""Systems: what really happens on the machine while the pictures move."""
