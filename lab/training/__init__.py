"""Train the grid networks: `python -m lab.training sudoku`, `python -m lab.training maze`."""
