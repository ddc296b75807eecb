"""What every command shares: the app, its options, the workbench, and errors as one clear line."""

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
import typer.core

from tagcat_kernel.media.limits import Limits, variable
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

SECTIONS = {
    "Begin": ("run", "ingest", "serve", "lab", "doctor"),
    "What looks alike": ("matches", "duplicates", "find", "cluster"),
    "What it shows": ("tags", "label", "report"),
    "The collection": ("files", "remove", "undo", "collect", "settings", "export", "import", "graph"),
    "With others": ("users", "share", "unshare", "shared"),
}
"""The commands as a newcomer meets them."""


class Whole(typer.core.TyperGroup):
    """A group whose help cuts no summary of a command: what is too long for the terminal goes on below."""

    sections: Mapping[str, Iterable[str]] | None = None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as its parent has it
        """Write the commands, section by section."""
        width = max(map(len, self.commands))
        for heading, names in (self.sections or {"Commands": self.commands}).items():
            with formatter.section(heading):
                told = [(name, self.commands[name].get_short_help_str(1000)) for name in names]
                formatter.write_dl([(name.ljust(width), summary) for name, summary in told])


class Sections(Whole):
    """The commands of `tagcat` itself."""

    sections = SECTIONS


app = typer.Typer(
    name="tagcat",
    cls=Sections,
    help="Find, group and explore pictures and video frames that look alike. Media stays where it lies.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain lines: boxes break words that a person wants to copy
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def group(name: str, about: str, *, alone: bool = False) -> typer.Typer:
    """Return a new group of commands: `tagcat name verb`; `alone`: the name is a command, too."""
    made = typer.Typer(
        cls=Whole,
        help=about,
        no_args_is_help=not alone,
        invoke_without_command=alone,
        rich_markup_mode=None,
    )
    app.add_typer(made, name=name)
    return made


def named(value: Any) -> Any:
    """Refuse an empty path, which a shell makes of a variable that is not set: it would mean this folder."""
    if value is not None and "" in ([value] if isinstance(value, str) else value):
        raise typer.BadParameter("an empty name: is a variable not set?")
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
User = Annotated[str | None, typer.Option("--user", help="Whose collection (default: TAGCAT_USER or you).")]
Of = Annotated[str | None, typer.Option("--of", help="Whose, where another shares a collection with you.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser where there is one.")]
Distance = Annotated[int | None, typer.Option("--distance", min=0, max=64, help="Largest distance in bits.")]

Orientations = Annotated[
    Literal["as is", "all"], typer.Option("--orientations", help="all: mirrored and turned copies, too.")
]

_ABOUT = {
    "pixels": "Largest width × height of a picture that is decoded.",
    "frames": "Most samples (25 a second) of a video.",
    "seconds": "Longest time without progress at one file.",
    "memory": "Memory of a decoder, in bytes or as 2G.",
}


def with_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--max-pixels` and its like: what one file may cost, for this run.

    They are handed on by the environment, which decoders and jobs inherit; an option outdoes the variable.
    """
    own = [
        inspect.Parameter(
            f"max_{limit.name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(f"--max-{limit.name}", help=_ABOUT[limit.name])],
        )
        for limit in fields(Limits)
    ]

    @wraps(command)
    def limited(**given: Any) -> None:
        for limit in fields(Limits):
            text = given.pop(f"max_{limit.name}")
            if text is not None:
                os.environ[variable(limit.name)] = text or "nothing"
                try:
                    Limits.chosen()
                except ValueError:
                    raise typer.BadParameter(
                        f"--max-{limit.name} must be a number above 0, not {harmless(repr(text))}"
                    ) from None
        command(**given)

    takes = inspect.signature(command)
    limited.__signature__ = takes.replace(parameters=[*takes.parameters.values(), *own])  # type: ignore[attr-defined]
    limited.__annotations__ = command.__annotations__ | {one.name: one.annotation for one in own}
    return limited


@contextmanager
def open_workbench(user: str | None, of: str | None = None) -> Iterator["Workbench"]:
    """Yield the workbench of `--user` and `--of`; our own errors end the command with a line."""
    from tagcat_kernel.workbench import Workbench

    choose_user(user)
    with clear_errors(), Workbench(of=of) as workbench:
        yield workbench


def choose_user(user: str | None) -> None:
    """Hand `--user` on to everything that this command starts."""
    if user is not None:
        os.environ["TAGCAT_USER"] = user


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn our own errors into one line and an exit code, without a traceback."""
    from tagcat_kernel.graph.session import GraphError
    from tagcat_kernel.labelling.labeller import LabellerError
    from tagcat_kernel.records import MediaError
    from tagcat_kernel.reports.errors import ReportError
    from tagcat_kernel.secrets import SecretsError

    try:
        yield
    except (ValueError, GraphError, MediaError, LabellerError, ReportError, SecretsError, OSError) as error:
        print(f"tagcat: {harmless(_words(error))}", file=sys.stderr)
        # What can't be stored, such as a user name with a colon, is wrong use, though it is the graph's.
        raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None


def _words(error: Exception) -> str:
    """Return what an error says; what the system says of a file without its number and quotes."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)
