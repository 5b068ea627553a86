"""The only Gradio: tabs to walk by, the player, and the words below it."""
