"""Run a notebook from top to bottom and print it with its outputs: `python runner.py NOTEBOOK [CODE]`.

A program of its own, so that what a kernel's client leaves open at its end is not the tests' business.
CODE is run as one more cell at the end.
"""

import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from tagcat_kernel.kernels import OnlyThisPython


def main(path: str, *more: str) -> None:
    """Print the notebook as JSON."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in more]
    manager = AsyncKernelManager(kernel_spec_manager=OnlyThisPython())
    NotebookClient(notebook, timeout=120, km=manager, allow_errors=True).execute()
    sys.stdout.write(nbformat.writes(notebook))


if __name__ == "__main__":
    main(*sys.argv[1:])
