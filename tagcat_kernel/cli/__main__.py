"""`python -m tagcat_kernel.cli` is the command `tagcat`."""

from tagcat_kernel.cli import main

main()
