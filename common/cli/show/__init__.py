"""What the commands print and draw: tables for terminals, progress, curves, confusions, sheets of pictures."""
