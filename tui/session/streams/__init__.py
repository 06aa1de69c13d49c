"""What is received of the others, stream by stream, on its way to ear and eye."""
