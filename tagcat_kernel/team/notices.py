"""Notices for whoever administers a team: somebody signed up, somebody came in by an invitation.

`TAGCAT_NOTICES` (or `notices` in the store of secrets) says where they go:

| TAGCAT_NOTICES | a notice is |
|---|---|
| unset, `log` | a line of the server's log |
| `sns:TOPIC-ARN` | a message to a topic of AWS SNS (extra `aws`), which sends it on as mail or otherwise |

A notice holds no token and no code. One that can't be sent is logged, and holds up nobody.
"""

import logging
from typing import Protocol

from tagcat_kernel.secrets import SECONDS, SecretsError, read_secrets

_log = logging.getLogger("tagcat.notices")


class Notifier(Protocol):
    """Takes notices; it may be slow, and must not raise."""

    def notify(self, subject: str, message: str) -> None:
        """Tell something: a subject of at most 100 ASCII characters, and a message."""


class LogNotifier:
    """Writes notices to the log `tagcat.notices`.

    Examples
    --------
    >>> LogNotifier().notify("TagCat: somebody signed up", "ada waits for approval")
    """

    def notify(self, subject: str, message: str) -> None:
        """Log a notice."""
        _log.info("%s: %s", subject, message)


class SnsNotifier:
    """Sends notices to a topic of AWS SNS; credentials are boto3's business.

    Parameters
    ----------
    topic
        The topic's ARN, which names its region, too.

    Raises
    ------
    SecretsError
        If boto3 is missing, or this is no ARN of a topic.

    Examples
    --------
    >>> SnsNotifier("cats")
    Traceback (most recent call last):
    tagcat_kernel.secrets.SecretsError: 'cats' is no SNS topic: write sns:arn:aws:sns:REGION:ACCOUNT:NAME
    """

    def __init__(self, topic: str) -> None:
        parts = topic.split(":")
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sns" or not all(parts):
            raise SecretsError(f"{topic!a} is no SNS topic: write sns:arn:aws:sns:REGION:ACCOUNT:NAME")
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise SecretsError("TAGCAT_NOTICES=sns:… needs boto3: pip install 'tagcat[aws]'") from None
        brief = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
        self._topic = topic
        self._client = boto3.client("sns", region_name=parts[3], config=brief)

    def notify(self, subject: str, message: str) -> None:
        """Send a notice; where that can't be done, log it with the reason."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.publish(TopicArn=self._topic, Subject=subject, Message=message)
        except (BotoCoreError, ClientError) as error:
            _log.error("AWS SNS takes no notice (%s): %s: %s", error, subject, message)


def notifier() -> Notifier:
    """Return where notices go, as the settings say.

    Raises
    ------
    SecretsError
        If the setting names no such place, or its store does not answer.

    Examples
    --------
    >>> type(notifier()).__name__
    'LogNotifier'
    """
    told = read_secrets().get("notices") or "log"
    kind, _, topic = told.partition(":")
    if told == "log":
        return LogNotifier()
    if kind == "sns":
        return SnsNotifier(topic)
    raise SecretsError(f"TAGCAT_NOTICES is {told!a}: write log or sns:TOPIC-ARN")
