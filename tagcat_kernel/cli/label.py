"""Asking a model what pictures show, and what models said."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tagcat_kernel.cli._app import AsJson, Of, User, app, open_workbench
from tagcat_kernel.cli._printing import place, plural, print_json, rows_of
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A model in ONNX, its card beside it; the https address of a card: that model is fetched once, "
        "when you have confirmed it; keras: Keras' ResNet152V2; rekognition: AWS Rekognition, which is off "
        "until you confirm that pictures leave this machine. Without: list the labels there are.",
    ),
]


@app.command()
def label(
    paths: Annotated[list[str] | None, typer.Argument(help="Files of the collection; default: all.")] = None,
    *,
    model: Model = None,
    minimum_score: Annotated[
        float, typer.Option("--minimum-score", min=0, max=1, help="Keep no label below it.")
    ] = 0.1,
    top: Annotated[int, typer.Option("--top", min=1, max=10, help="Most labels of a picture.")] = 10,
    again: Annotated[bool, typer.Option("--again", help="Also what the model has labelled before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm that a model is fetched.")] = False,
    weights: Annotated[
        str | None, typer.Option("--weights", help="keras: a file of weights; default: Keras' own cache.")
    ] = None,
    names: Annotated[
        str | None, typer.Option("--names", help="keras: a text file with the name of a class a line.")
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="keras: let Keras fetch what its cache lacks (240 MB).")
    ] = False,
    send_pictures: Annotated[
        bool, typer.Option("--send-pictures", help="rekognition: send copies of pictures to Amazon, and pay.")
    ] = False,
    region: Annotated[
        str | None, typer.Option("--region", help="rekognition: of AWS; default: that of your AWS settings.")
    ] = None,
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
) -> None:
    """Let a model say what images and key frames show; its labels stand beside your tags."""
    from tagcat_kernel.labelling import REKOGNITION, built_in

    with open_workbench(user, of) as workbench:
        keys = [workbench.item(path) for path in paths or []]
        if model is None:
            found = workbench.labels()
            rows = rows_of(found[found["key"].str.startswith(tuple(keys))] if keys else found)
            _print_labels(rows, as_json)
            return
        if "://" in model:
            _fetch(model, confirmed=yes)
        options: dict[str, Any] = {
            "weights": weights,
            "labels": names,
            "download": download,
            "region": region,
        }
        options = {option: value for option, value in options.items() if value}
        if built_in(model) == REKOGNITION:
            options["enabled"] = _may_send(workbench, keys, again=again, confirmed=send_pictures)
        report = workbench.label(
            model,
            keys or None,
            minimum_score=minimum_score,
            top=top,
            again=again,
            progress=sys.stderr.isatty(),
            **options,
        )
    if as_json:
        print_json(report.as_dict())
    else:
        known = f" ({report.skipped:,} labelled before)" if report.skipped else ""
        stopped = " Stopped: the same command again does the rest." if report.cancelled else ""
        print(
            f"{harmless(report.model)}: {plural(report.labels, 'label')} on "
            f"{plural(report.items, 'picture')}{known}.{stopped}"
        )
    for failure in report.failed:
        print(f"failed: {harmless(failure.path)}: {harmless(failure.error)}", file=sys.stderr)
    if report.failed or report.cancelled:
        raise typer.Exit(1)


def _may_send(workbench: "Workbench", keys: list[str], *, again: bool, confirmed: bool) -> bool:
    """Say what would leave the machine and what it may cost; a person at a terminal is asked."""
    from tagcat_kernel.labelling import NOTICE, REKOGNITION, bill, items_of

    chosen = keys or None
    pictures = (
        len(items_of(workbench.collection, chosen)) if again else workbench.unlabelled(REKOGNITION, chosen)
    )
    print(f"{NOTICE}\n{bill(pictures)}", file=sys.stderr)
    if not confirmed and sys.stdin.isatty():
        confirmed = typer.confirm("Send them?", err=True)
    if not confirmed:
        print("tagcat: nothing was sent: AWS Rekognition is off without --send-pictures", file=sys.stderr)
        raise typer.Exit(2)
    return True


def _fetch(address: str, *, confirmed: bool) -> None:
    """Fetch a model if it is not kept yet; a person at a terminal is asked."""
    from tqdm.auto import tqdm

    from tagcat_kernel.labelling import fetch_model, kept_model

    if kept_model(address) is None and not confirmed and sys.stdin.isatty():
        confirmed = typer.confirm(f"Fetch the model of {harmless(address)} and keep it?", err=True)
    quiet = not sys.stderr.isatty()
    with tqdm(desc="fetch", unit="B", unit_scale=True, disable=quiet, leave=False) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        fetch_model(address, confirmed=confirmed, progress=show)


def _print_labels(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    for row in rows:
        said = f"{row['score']:.2f}  {harmless(str(row['label']))}  ({harmless(str(row['model']))})"
        print(f"{said}  {place(str(row['path']), row['position'])}")
    if not rows:
        print("no labels yet")
