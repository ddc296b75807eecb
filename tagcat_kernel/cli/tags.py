"""Commands about tags: `tagcat tags`, and what to do with one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tagcat_kernel.cli._app import AsJson, Of, User, choose_user, group, open_workbench
from tagcat_kernel.cli._printing import place, plural, print_json, rows_of
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

tags_app = group("tags", "Tags on images, videos and moments; without a command: list them.", alone=True)

Name = Annotated[str, typer.Argument(help="The tag.")]
Paths = Annotated[list[str], typer.Argument(help="Files of the collection.")]
At = Annotated[float | None, typer.Option("--at", min=0, help="A moment of the video, in seconds.")]


@tags_app.callback()
def tags(context: typer.Context, as_json: AsJson = False, user: User = None, of: Of = None) -> None:
    """List the tags, each under the one that it lies under."""
    if context.invoked_subcommand is not None:
        choose_user(user)  # `tagcat tags --user eve delete x` is about eve
        return
    with open_workbench(user, of) as workbench:
        rows = rows_of(workbench.tags())
    if as_json:
        print_json(rows)
        return
    for depth, row in _tree(rows, None, 0):
        held = [plural(row[kind], kind[:-1]) for kind in ("images", "videos", "frames") if row[kind]]
        print("  " * depth + harmless(row["name"]) + (f": {', '.join(held)}" if held else ""))
    if not rows:
        print("no tags yet")


@tags_app.command("show")
def show(name: Name, as_json: AsJson = False, user: User = None, of: Of = None) -> None:
    """List what holds a tag or one that lies under it."""
    with open_workbench(user, of) as workbench:
        rows = rows_of(workbench.tagged(name, below=True)[["tag", "kind", "path", "position", "key_frame"]])
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(place(row["path"], row["position"]))
    if not rows:
        print("nothing holds this tag")


@tags_app.command("add")
def add(
    name: Name,
    paths: Annotated[list[str] | None, typer.Argument(help="Files of the collection that get it.")] = None,
    *,
    at: At = None,
    colour: Annotated[str | None, typer.Option("--colour", help="Of a new tag, as #rrggbb.")] = None,
    parent: Annotated[str | None, typer.Option("--parent", help="The tag that a new one lies under.")] = None,
    user: User = None,
    of: Of = None,
) -> None:
    """Make a tag, or put it on files, or both."""
    with open_workbench(user, of) as workbench:
        keys = _keys(workbench, paths or [], at)
        new = name not in set(workbench.tags()["name"])
        if colour is not None or parent is not None or not keys:
            workbench.add_tag(name, colour, parent)
        number = workbench.tag(keys, name) if keys else 0
    print(f"tagged {plural(number, 'item')}" if keys else f"made the tag {harmless(name)}")
    if keys and new:
        print(f"the tag {harmless(name)} is new")


@tags_app.command("remove")
def remove(name: Name, paths: Paths, at: At = None, user: User = None, of: Of = None) -> None:
    """Take a tag off files."""
    with open_workbench(user, of) as workbench:
        number = workbench.untag(_keys(workbench, paths, at), name)
    print(f"took the tag off {plural(number, 'item')}")


@tags_app.command("rename")
def rename(name: Name, new: Annotated[str, typer.Argument(help="The new name.")], user: User = None) -> None:
    """Give a tag another name."""
    with open_workbench(user) as workbench:
        workbench.rename_tag(name, new)


@tags_app.command("merge")
def merge(
    name: Name, into: Annotated[str, typer.Argument(help="The tag that stays.")], user: User = None
) -> None:
    """Put one tag on all that holds another, and delete the other."""
    with open_workbench(user) as workbench:
        workbench.merge_tags(name, into)


@tags_app.command("colour")
def colour(name: Name, value: Annotated[str, typer.Argument(help="#rrggbb.")], user: User = None) -> None:
    """Give a tag a colour."""
    with open_workbench(user) as workbench:
        workbench.colour_tag(name, value)


@tags_app.command("parent")
def parent(
    name: Name,
    above: Annotated[str | None, typer.Argument(help="The tag to lie under; none: no other.")] = None,
    user: User = None,
) -> None:
    """Put a tag under another, or under none."""
    with open_workbench(user) as workbench:
        workbench.move_tag(name, above)


@tags_app.command("delete")
def delete(name: Name, user: User = None) -> None:
    """Delete a tag; the tags under it move to where it was."""
    with open_workbench(user) as workbench:
        workbench.delete_tag(name)


def _keys(workbench: "Workbench", paths: list[str], at: float | None) -> list[str]:
    return [workbench.item(path, at) for path in paths]


def _tree(rows: list[dict[str, Any]], parent: object, depth: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for row in rows:
        if row["parent"] == parent:
            yield depth, row
            yield from _tree(rows, row["name"], depth + 1)
