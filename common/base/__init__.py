"""What every room stands on: errors, files that are whole, locks, signals, progress, and text fit for a line."""
