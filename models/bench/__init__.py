"""What a call of each graph costs here, beside torch on the same device, and the least it could cost."""
