"""Many visitors at once, on this machine alone: how long they wait, what they cost, what went wrong."""
