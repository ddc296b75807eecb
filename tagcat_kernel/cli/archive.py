"""Commands that write a collection into one file, and read one."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, User, app, named, open_workbench
from tagcat_kernel.cli._printing import found, plural, print_json
from tagcat_kernel.walk import harmless

Archive = Annotated[str, typer.Argument(help="The archive.", callback=named)]


@app.command("export")
def export(path: Archive, user: User = None) -> None:
    """Write the collection into an archive: all but the media itself."""
    with open_workbench(user) as workbench:
        workbench.export(path)
    print(f"wrote {harmless(path)}")


@app.command("import")
def import_archive(path: Archive, as_json: AsJson = False, user: User = None) -> None:
    """Add what an archive holds to the collection; what is there already stands."""
    with open_workbench(user) as workbench:
        imported = workbench.import_archive(path, progress=sys.stderr.isatty())
    if as_json:
        print_json(asdict(imported))
        return
    print(
        f"new: {found(asdict(imported))}, {plural(imported.files, 'file')}, {plural(imported.tags, 'tag')}."
    )
    if imported.left:
        print(
            f"{plural(imported.left, 'file')} left out: the path holds something else here", file=sys.stderr
        )
