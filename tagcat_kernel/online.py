"""Which models may use the net: on a server, whoever runs it says so, not who uses its pages.

`TAGCAT_ONLINE_MODELS` names them: `rekognition` (pictures go to Amazon, and the server's AWS account pays),
`keras` (its weights are fetched). Where it is not set, as on one's own machine, each is left to the person,
who is asked each time. `tagcat serve --team` sets it to nothing where nobody did, and its kernels and jobs
inherit it. What it allows is still off until a person switches it on.
"""

import os
import re

VARIABLE = "TAGCAT_ONLINE_MODELS"
MODELS = ("rekognition", "keras")


def allowed(model: str) -> bool:
    """Tell whether a model may use the net here, if a person wants it.

    Examples
    --------
    >>> allowed("rekognition")
    True
    """
    return VARIABLE not in os.environ or model in _named(os.environ[VARIABLE])


def check(text: str) -> None:
    """Do nothing if text names such models, or none.

    Raises
    ------
    ValueError
        If it names anything else.

    Examples
    --------
    >>> check("rekognition, keras")
    >>> check("all")
    Traceback (most recent call last):
    ValueError: TAGCAT_ONLINE_MODELS names models that may use the net: rekognition, keras or both, not 'all'
    """
    if unknown := sorted(_named(text) - set(MODELS)):
        raise ValueError(
            f"{VARIABLE} names models that may use the net: rekognition, keras or both, not {unknown[0]!r}"
        )


def _named(text: str) -> set[str]:
    return {name.casefold() for name in re.split(r"[\s,]+", text) if name}
