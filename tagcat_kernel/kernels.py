"""Which Python runs behind a page.

A notebook asks for the kernel "python3", and that name may mean anything: the person's kernelspec
folder, another environment, nothing at all. Here it always means the Python that runs TagCat, since only
that one surely has it installed. Other kernels of the machine keep their names.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager


class ThisPython(KernelSpecManager):
    """A kernelspec manager whose "python3" is `sys.executable`, whatever is installed.

    Examples
    --------
    >>> ThisPython().get_kernel_spec("python3").argv[0] == sys.executable
    True
    """

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the folders of all kernels by name; "python3" is always among them."""
        return {**super().find_kernel_specs(), NATIVE_KERNEL_NAME: _resources()}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return a kernel by name.

        Raises
        ------
        jupyter_client.kernelspec.NoSuchKernel
            If there is none.
        """
        if kernel_name == NATIVE_KERNEL_NAME:
            return KernelSpec(resource_dir=_resources(), name=NATIVE_KERNEL_NAME, **_this_python())
        return super().get_kernel_spec(kernel_name)


class OnlyThisPython(ThisPython):
    """The dashboards' form: no other kernel exists, whatever a notebook's metadata asks for."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Return "python3" alone."""
        return {NATIVE_KERNEL_NAME: _resources()}


_SECRET = ("TAGCAT_JWT_KEY",)


def surroundings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a kernel: this one, without the key that signs a team's tokens.

    Examples
    --------
    >>> surroundings({"HOME": "/home/ada", "TAGCAT_JWT_KEY": "with it one could be anybody"})
    {'HOME': '/home/ada'}
    """
    return {name: value for name, value in environment.items() if name not in _SECRET}


def _resources() -> str:
    """Return the folder of ipykernel's logos, which JupyterLab shows."""
    from ipykernel.kernelspec import RESOURCES

    return str(RESOURCES)


def _this_python() -> dict[str, Any]:
    return {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (TagCat)",
        "language": "python",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
    }
