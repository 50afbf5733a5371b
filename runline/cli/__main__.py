"""``python -m runline.cli``: the command."""

from runline.cli.main import main

main()
