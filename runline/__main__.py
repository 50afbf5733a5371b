"""``python -m runline``: the command."""

from runline.cli.main import main

main()
