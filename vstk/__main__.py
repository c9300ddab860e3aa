"""`python -m vstk`."""

from vstk.cli import run

if __name__ == "__main__":
    run()
