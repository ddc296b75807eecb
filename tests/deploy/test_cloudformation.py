"""The cloud template: what its roles may do, and a stack of it on a moto server.

moto makes most resources and passes over those of `PASSED_OVER` with a warning; CloudFront it can't even
pass over, so the stack has no report key. What these must hold is looked for in the template itself; that
AWS takes them only the linter (`make check`) has said, as docs/deployment.md says.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config
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
            elif "*" in json.dumps(statement.get("Resource", "")):
                assert set(statement["Action"]) <= {"s3:GetObject", "s3:PutObject"}
                assert "${ReportBucket.Arn}/reports/*" in json.dumps(statement["Resource"])
    text = TEMPLATE.read_text("utf-8")
    assert "ManagedPolicyArns" not in text, "a managed policy's actions are Amazon's to change"


def properties(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of every resource of a kind, by name; there is at least one."""
    found = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
    assert found, kind
    return found


def test_the_bucket_is_shut_to_the_public(template: dict[str, Any]) -> None:
    buckets = properties(template, "AWS::S3::Bucket")
    for bucket in buckets.values():
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert bucket["BucketEncryption"]
        assert not {"AccessControl", "WebsiteConfiguration"} & set(bucket)
    (policy,) = properties(template, "AWS::S3::BucketPolicy").values()
    assert {policy["Bucket"]["Ref"]} == set(buckets)
    shut, (_, allowed, _) = (
        policy["PolicyDocument"]["Statement"][0],
        policy["PolicyDocument"]["Statement"][1]["Fn::If"],
    )
    assert len(policy["PolicyDocument"]["Statement"]) == 2
    assert (shut["Effect"], shut["Principal"]) == ("Deny", {"AWS": "*"})
    assert shut["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == ["s3:GetObject"]
    source = allowed["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert source.endswith(":distribution/${ReportSite}"), "our distribution, nobody else's"


def test_cloudfront_reaches_the_bucket_by_its_own_signature_and_serves_signed_links(
    template: dict[str, Any],
) -> None:
    (access,) = properties(template, "AWS::CloudFront::OriginAccessControl").values()
    told = access["OriginAccessControlConfig"]
    assert (told["OriginAccessControlOriginType"], told["SigningBehavior"], told["SigningProtocol"]) == (
        *("s3", "always", "sigv4"),
    )
    (site,) = properties(template, "AWS::CloudFront::Distribution").values()
    (origin,) = site["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["ReportAccess", "Id"]}
    assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}, "not the older way beside it"
    assert "CacheBehaviors" not in site["DistributionConfig"], "no way around the one below"
    behaviour = site["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["TrustedKeyGroups"] == [{"Ref": "ReportKeys"}]
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]
    kept = {name for name, one in template["Resources"].items() if one.get("Condition") == "HasReportKey"}
    assert kept == {"ReportPublicKey", "ReportKeys", "ReportAccess", "ReportSite"}, "all of it, or nothing"


def test_people_come_over_tls_of_today(template: dict[str, Any]) -> None:
    ways = {
        way["Port"]: way for way in properties(template, "AWS::ElasticLoadBalancingV2::Listener").values()
    }
    assert set(ways) == {80, 443}
    assert ways[443]["Protocol"] == "HTTPS"
    assert ways[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06", "TLS 1.2 and 1.3 alone"
    (led,) = ways[80]["DefaultActions"]
    assert (led["Type"], led["RedirectConfig"]["Protocol"]) == ("redirect", "HTTPS")
    pattern = template["Parameters"]["GraphUri"]["AllowedPattern"]
    for address, taken in (
        ("neo4j+s://x", True),
        ("bolt+ssc://x", True),
        ("bolt://x", False),
        ("neo4j://x", False),
    ):
        assert bool(re.fullmatch(pattern, address)) == taken, address


def test_who_may_speak_to_whom(template: dict[str, Any]) -> None:
    groups = properties(template, "AWS::EC2::SecurityGroup")
    entries = {name: group.get("SecurityGroupIngress", []) for name, group in groups.items()}
    assert {name: [rule["FromPort"] for rule in rules] for name, rules in entries.items()} == {
        "Door": [443, 80],
        "ServerDoor": [8888],
        "FilesDoor": [],
    }
    assert {json.dumps(rule["CidrIp"]) for rule in entries["Door"]} == {'{"Ref": "Visitors"}'}
    assert template["Parameters"]["Visitors"]["Default"] == "10.0.0.0/8"
    assert entries["ServerDoor"][0]["SourceSecurityGroupId"] == {"Fn::GetAtt": ["Door", "GroupId"]}
    (files,) = properties(template, "AWS::EC2::SecurityGroupIngress").values()
    assert (files["FromPort"], files["SourceSecurityGroupId"]) == (
        *(2049, {"Fn::GetAtt": ["ServerDoor", "GroupId"]}),
    )
    (server,) = properties(template, "AWS::ECS::Service").values()
    assert server["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
    assert "EnableExecuteCommand" not in server
    (balancer,) = properties(template, "AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    assert balancer["Scheme"] == {"Fn::If": ["IsInside", "internal", "internet-facing"]}
    assert template["Parameters"]["Inside"]["Default"] == "yes"


def test_no_secret_stands_in_the_task(template: dict[str, Any]) -> None:
    (container,) = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    told = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    assert not [name for name in told if "PASSWORD" in name or "KEY" in name]
    assert told["TAGCAT_SECRETS"] == {"Fn::Sub": "aws:${Secret}"}, "its name"
    assert "Secrets" not in container, "AWS would put them into the environment"
    text = TEMPLATE.read_text("utf-8")
    assert "{{resolve:" not in text, "nor may CloudFormation write one in"
    assert not [name for name in template["Parameters"] if re.search("password|secret|jwt", name, re.I)]
    (secret,) = properties(template, "AWS::SecretsManager::Secret").values()
    made = secret["GenerateSecretString"]
    assert "SecretString" not in secret
    assert (made["GenerateStringKey"], made["PasswordLength"]) == ("jwt_key", 64)
    assert json.loads(made["SecretStringTemplate"]) == {"graph_password": "fill in"}
    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "10001:10001"
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert not {"Privileged", "Command", "EntryPoint"} & set(container)


def test_the_container_is_that_of_the_recipe(template: dict[str, Any]) -> None:
    """Its account, its port, its folders and its health check are those of Containerfile and compose.yaml."""
    folder = TEMPLATE.parent
    recipe = (folder / "Containerfile").read_text("utf-8")
    composed = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]["tagcat"]
    (container,) = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    assert container["HealthCheck"]["Command"] == composed["healthcheck"]["test"]
    assert re.findall(r"^(?:USER|EXPOSE) (.*)$", recipe, re.M) == [
        container["User"],
        str(container["PortMappings"][0]["ContainerPort"]),
    ]
    places = {mount["ContainerPath"]: mount["ReadOnly"] for mount in container["MountPoints"]}
    assert places == {"/data": False, "/media": True, "/tmp": False}
    assert f"{container['StopTimeout']}s" == composed["stop_grace_period"]
    for point in properties(template, "AWS::EFS::AccessPoint").values():
        assert point["PosixUser"]["Uid"] != "0"
    assert all(
        volume["EFSVolumeConfiguration"]["TransitEncryption"] == "ENABLED"
        and volume["EFSVolumeConfiguration"]["AuthorizationConfig"]["IAM"] == "ENABLED"
        for volume in template["Resources"]["Task"]["Properties"]["Volumes"]
        if "EFSVolumeConfiguration" in volume
    )


def test_what_is_kept_and_for_how_long(template: dict[str, Any]) -> None:
    (log,) = properties(template, "AWS::Logs::LogGroup").values()
    assert log["RetentionInDays"] == {"Ref": "KeepLogs"}
    assert template["Parameters"]["KeepLogs"]["Default"] == 90
    for kind in ("AWS::SecretsManager::Secret", "AWS::S3::Bucket", "AWS::EFS::FileSystem"):
        for name in properties(template, kind):
            assert template["Resources"][name]["DeletionPolicy"] == "Retain", name
            assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain", name
    (files,) = properties(template, "AWS::EFS::FileSystem").values()
    assert files["Encrypted"] is True
    assert files["BackupPolicy"] == {"Status": "ENABLED"}
    (topic,) = properties(template, "AWS::SNS::Topic").values()
    assert topic["KmsMasterKeyId"]


def test_the_walk_through_names_what_there_is(template: dict[str, Any]) -> None:
    page = (TEMPLATE.parents[1] / "docs" / "deployment.md").read_text("utf-8")
    aws = page.partition("\n## AWS\n")[2].partition("\n## ")[0]
    given = set(re.findall(r"\b([A-Z]\w+)=", aws.partition("```sh")[2].partition("```")[0]))
    parameters = template["Parameters"]
    assert given <= set(parameters)
    assert {name for name, one in parameters.items() if "Default" not in one} <= given
    named = set(re.findall(r"outputs? `(\w+)`", aws))
    assert named
    assert named <= set(template["Outputs"])
    assert set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", aws)) <= {
        *template["Outputs"],
        *parameters,
        *template["Resources"],
    }


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_a_stack_is_made(template: dict[str, Any], moto: str) -> None:
    def aws_client(name: str) -> Any:
        # The answer comes when the whole stack is made; on a busy machine that takes more than a minute.
        return boto3.client(name, endpoint_url=moto, config=Config(read_timeout=600))

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
