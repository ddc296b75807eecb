"""Notices in the log, and in a topic of AWS SNS by the real boto3 against a moto server."""

import json
import logging

import pytest

from tagcat_kernel import secrets
from tagcat_kernel.secrets import SecretsError
from tagcat_kernel.team.notices import LogNotifier, SnsNotifier, notifier
from tests.kernel.aws import aws, moto

__all__ = ["aws", "moto"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (secrets.SETTING, "TAGCAT_NOTICES"):
        monkeypatch.delenv(name, raising=False)


def test_the_log_is_told_where_nothing_is_set(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for told in (None, "", "log"):
        if told is not None:
            monkeypatch.setenv("TAGCAT_NOTICES", told)
        assert isinstance(notifier(), LogNotifier)
    with caplog.at_level(logging.INFO):
        notifier().notify("TagCat: somebody signed up", "ada waits")
    assert "somebody signed up: ada waits" in caplog.text


@pytest.mark.parametrize(
    "told",
    ["pigeon", "sns", "sns:", "sns:cats", "sns:arn:aws:sqs:eu-west-1:1:q", "sns:arn:aws:sns::1:t", "log:x"],
)
def test_settings_that_are_none(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("TAGCAT_NOTICES", told)
    with pytest.raises(SecretsError, match="write"):
        notifier()


def topic(moto: str, monkeypatch: pytest.MonkeyPatch, region: str = "eu-central-1") -> str:
    """A topic in another region than the settings': its ARN says which."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", moto)
    return str(boto3.client("sns", region_name=region).create_topic(Name="members")["TopicArn"])


def test_a_topic_of_sns(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that subscribes to the topic gets what was told."""
    import boto3

    arn = topic(moto, monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", moto)
    queues = boto3.client("sqs", region_name="eu-central-1")
    queue = queues.create_queue(QueueName="mail")["QueueUrl"]
    queue_arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    boto3.client("sns", region_name="eu-central-1").subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=queue_arn
    )
    monkeypatch.setenv("TAGCAT_NOTICES", f"sns:{arn}")
    notifier().notify("TagCat: somebody signed up", "Zoë waits for approval")
    got = json.loads(queues.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert got["Subject"] == "TagCat: somebody signed up"
    assert got["Message"] == "Zoë waits for approval"
    assert got["TopicArn"] == arn


def test_a_notice_that_can_not_be_sent_is_logged_and_holds_up_nobody(
    moto: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    arn = topic(moto, monkeypatch)
    SnsNotifier(arn.replace("members", "gone")).notify("TagCat: somebody signed up", "ada waits")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:9")
    SnsNotifier(arn).notify("TagCat: somebody came in", "bob is here")
    assert "NotFound" in caplog.text
    assert "ada waits" in caplog.text
    assert "bob is here" in caplog.text
