"""One folder a chapter, one folder a concept: what can be seen and tried."""
