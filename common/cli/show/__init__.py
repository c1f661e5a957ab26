"""What the commands print and draw.

`output` has the streams, and `plain` what all tables and lines are made of. The other files are named after what they
show: `tables`, `side_by_side`, `conversion`, `predictions`, `evaluation`, `comparison`, `steps` and `verdict` print;
`curves`, `confusion` and `sheet` draw, with the help of `figures`.
"""
