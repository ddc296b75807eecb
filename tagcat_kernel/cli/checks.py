"""The command that says what works here and what does not."""

import typer

from tagcat_kernel.cli._app import AsJson, app
from tagcat_kernel.cli._printing import print_json


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, which graph answers, what is missing and what to do."""
    from tagcat_kernel.doctor import examine

    findings = examine()
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            print(f"{finding.sign} {finding.what}: {finding.told}")
            if finding.advice:
                print(f"    {finding.advice}")
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)
