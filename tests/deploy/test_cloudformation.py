"""The cloud template: what its roles may do, and a stack of it on a moto server.

moto makes most resources and passes over those of `PASSED_OVER` with a warning; CloudFront it can't even
pass over, so the stack has no report key. These only the linter (`make check`) has seen, as
docs/deployment.md says.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode import cfn_yaml

from tests.kernel.aws import aws, moto

__all__ = ["aws", "moto"]
PASSED_OVER = {
    "AWS::EC2::SecurityGroupEgress",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SecretsManager::Secret",
}
TEMPLATE = Path(__file__).parents[2] / "deploy" / "cloudformation.yaml"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template as plain objects: `!Ref x` is {"Ref": "x"}."""
    return json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE))))  # type: ignore[no-any-return]


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every policy, with the resource that holds it."""

    def walk(what: Any) -> Iterator[dict[str, Any]]:
        if isinstance(what, dict):
            if "Effect" in what and "Action" in what:
                yield what
            for held in what.values():
                yield from walk(held)
        elif isinstance(what, list):
            for held in what:
                yield from walk(held)

    for name, resource in template["Resources"].items():
        for statement in walk(resource):
            yield name, statement


def test_no_statement_allows_more_than_it_names(template: dict[str, Any]) -> None:
    found = list(statements(template))
    assert {name for name, _ in found} == {"ReportBucketPolicy", "StartRole", "ServerRole"}
    assert len(found) == 13, "what is counted here is looked at"
    for name, statement in found:
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
        assert all("*" not in action for action in statement["Action"]), (name, statement)
        if statement["Effect"] == "Allow":
            assert "*" not in json.dumps(statement.get("Principal", {}))
            if statement.get("Resource") == "*":
                assert statement["Action"] == ["ecr:GetAuthorizationToken"]
    text = TEMPLATE.read_text("utf-8")
    assert "ManagedPolicyArns" not in text, "a managed policy's actions are Amazon's to change"


def test_the_bucket_is_shut_to_the_public(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["ReportBucket"]["Properties"]
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    site = template["Resources"]["ReportSite"]["Properties"]["DistributionConfig"]
    assert site["DefaultCacheBehavior"]["TrustedKeyGroups"] == [{"Ref": "ReportKeys"}], "signed links only"


def test_no_secret_stands_in_the_task(template: dict[str, Any]) -> None:
    container = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]
    told = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    assert not [name for name in told if "PASSWORD" in name or "KEY" in name]
    assert told["TAGCAT_SECRETS"] == {"Fn::Sub": "aws:${Secret}"}
    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "10001:10001"
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_a_stack_is_made(template: dict[str, Any], moto: str) -> None:
    def aws_client(name: str) -> Any:
        return boto3.client(name, endpoint_url=moto)

    subnets = aws_client("ec2").describe_subnets()["Subnets"][:2]
    certificate = aws_client("acm").request_certificate(DomainName="cats.example")["CertificateArn"]
    answers = {
        "Vpc": subnets[0]["VpcId"],
        "PublicSubnets": ",".join(subnet["SubnetId"] for subnet in subnets),
        "PrivateSubnetA": subnets[0]["SubnetId"],
        "PrivateSubnetB": subnets[1]["SubnetId"],
        "Certificate": certificate,
        "Image": "tagcat:1",
        "ImageRepository": "arn:aws:ecr:eu-west-1:123456789012:repository/tagcat",
        "GraphUri": "neo4j+s://graph.example",
        "NoticeAddress": "keeper@example.com",
    }
    stacks = aws_client("cloudformation")
    stacks.create_stack(
        StackName="tagcat",
        TemplateBody=TEMPLATE.read_text("utf-8"),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in answers.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = stacks.describe_stacks(StackName="tagcat")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    made = {
        resource["LogicalResourceId"]
        for resource in stacks.describe_stack_resources(StackName="tagcat")["StackResources"]
        if "LogicalResourceId" in resource  # moto lists what it passed over, without a name
    }
    left = {
        resource["Type"]
        for name, resource in template["Resources"].items()
        if name not in made and resource.get("Condition") != "HasReportKey"
    }
    assert left == PASSED_OVER
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    listeners = {
        listener["Port"]: listener
        for listener in aws_client("elbv2").describe_listeners(
            LoadBalancerArn=aws_client("elbv2").describe_load_balancers()["LoadBalancers"][0][
                "LoadBalancerArn"
            ]
        )["Listeners"]
    }
    assert listeners[443]["Protocol"] == "HTTPS"
    assert listeners[443]["Certificates"] == [{"CertificateArn": certificate}]
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"
    assert aws_client("elbv2").describe_target_groups()["TargetGroups"][0]["HealthCheckPath"] == "/healthz"

    bucket = told["Reports"].split("/")[2]
    assert aws_client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert aws_client("sns").get_topic_attributes(TopicArn=told["Notices"])
    assert aws_client("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 90
    assert aws_client("efs").describe_file_systems()["FileSystems"][0]["Encrypted"] is True
    homes = aws_client("efs").describe_access_points()["AccessPoints"]
    assert {home["RootDirectory"]["Path"] for home in homes} == {"/home", "/media"}
    assert len(homes) == 3

    task = aws_client("ecs").describe_task_definition(taskDefinition="tagcat-server")["taskDefinition"]
    container = task["containerDefinitions"][0]
    assert container["readonlyRootFilesystem"] is True
    assert {entry["name"]: entry["value"] for entry in container["environment"]}[
        "TAGCAT_NOTICES"
    ] == f"sns:{told['Notices']}"
    cluster = aws_client("ecs").list_clusters()["clusterArns"][0]
    assert len(aws_client("ecs").list_services(cluster=cluster)["serviceArns"]) == 1

    roles = aws_client("iam")
    documents = [
        roles.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
        for role in roles.list_roles()["Roles"]
        if role["RoleName"].startswith("tagcat-")
        for name in roles.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    # moto keeps some of them as Python writes a dict
    policies = [ast.literal_eval(held) if isinstance(held, str) else held for held in documents]
    actions = {action for policy in policies for each in policy["Statement"] for action in each["Action"]}
    assert "secretsmanager:GetSecretValue" in actions
    assert not [action for action in actions if "*" in action]
