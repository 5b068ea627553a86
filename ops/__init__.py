"""What stands around the app: the image and its check, nginx, a cluster."""
