"""What mirrors share, wherever they are kept."""
