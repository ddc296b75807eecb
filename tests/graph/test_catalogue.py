"""Every query is documented, used, and about one user."""

import re
from pathlib import Path

import pytest

from tagcat_kernel.graph import history
from tagcat_kernel.graph.catalogue import Query, catalogue, query
from tagcat_kernel.graph.collection import Collection, Settings
from tagcat_kernel.graph.in_database import match_in_database
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.sharing import SharedGraph, share, shared_with, shares, unshare
from tagcat_kernel.graph.users import remove_user
from tagcat_kernel.team import members
from tests.graph.scoping import unscoped
from tests.graph.things import BASE, SOURCE, image, near, video

QUERIES = list(catalogue().values())
MIGRATIONS = {one.name for one in QUERIES if re.fullmatch(r"migrate_\d+_to_\d+", one.name)}
NOT_OF_A_USER = {"schema", "schema_version", "set_schema_version", "users", *MIGRATIONS}
LABELS = {"User", "ImageFile", "VideoFile", "Image", "Video", "Frame", "Tag", "Label", "Change", "Invitation"}
LABELS |= {"Schema"}
TYPES = {"BELONGS", "SET", "SOURCE", "MATCH", "NOT_MATCH", "CONFIRMED", "LABELLED", "TAGGED", "UNDER"}
TYPES |= {"SHARES"}

# The one relationship of two users is made from the owner's side: the other is only named.
JOINING = {"share": ["(m:User {key: $member})", "(u)-[s:SHARES]->(m)"]}

TYPE = r"(?:string|integer|float|boolean|map|list of (?:string|integer|float|boolean|\{))"

each_query = pytest.mark.parametrize("one", QUERIES, ids=lambda one: one.name)


@each_query
def test_it_opens_with_what_it_answers_its_parameters_and_its_rows(one: Query) -> None:
    lines = one.about.splitlines()
    assert len(lines) >= 3
    assert re.match(r"[A-Z].*\w", lines[0])
    told = set(re.findall(rf"\$(\w+) {TYPE}", one.about))
    assert told == set(re.findall(r"\$(\w+)", one.about)), "a parameter without its type"
    assert told == set(re.findall(r"\$(\w+)", one.text))
    assert told or "(no parameters)" in lines
    rows = one.about.partition("-> ")[2]
    returned = re.split(r"\bRETURN\b", one.text)[1] if "RETURN" in one.text else ""
    names = re.findall(r"\bAS (\w+)", returned)
    assert re.findall(rf"(?:^|, |\n)\s*(\w+) {TYPE}", rows) == names
    assert names or "(no rows)" in lines


@each_query
def test_it_is_of_one_user(one: Query) -> None:
    if one.name in NOT_OF_A_USER:
        assert "$user" not in one.text
    else:
        assert "$user" in one.text
        assert unscoped(one.text) == JOINING.get(one.name, [])


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:Image) RETURN count(n) AS number",
        "MATCH (n:Image {key: $key}) WHERE n.deleted RETURN n.key AS key",
        "MATCH (n:Image) WHERE n.user = $user OR n.deleted RETURN n.key AS key",
        "MATCH (n:Image) WHERE NOT n.user = $user RETURN n.key AS key",
        "MATCH (n:Image) WHERE NOT (n.user = $user) RETURN n.key AS key",
        "MATCH (n:Image {user: $user}), (o:Image) RETURN n.key AS a, o.key AS b",
        "MATCH (n:Image {user: $user}) MATCH (o:Frame {key: $key}) MERGE (n)-[:NOT_MATCH]->(o)",
        "MATCH (n:Image {user: $user}) WHERE EXISTS { MATCH (f:ImageFile) } RETURN n.key AS key",
        "MATCH (n:Image {user: $user}) WHERE (f:Frame)-[:SOURCE]->(v:Video) RETURN n.key AS key",
        "MATCH (n:Image {user: $user}), (f:Frame WHERE f.pos > 1) RETURN n.key AS key",
        "UNWIND $rows AS row CREATE (:Image {key: row.key})",
        "MATCH (u:User {key: $user}) CREATE (n:Image {key: $key}) CREATE (n)-[:BELONGS]->(u)",
        "MERGE (n:Image {key: $key}) SET n.user = $user",
        "MATCH (n) DETACH DELETE n",
    ],
)
def test_a_query_about_anybody_is_found_out(text: str) -> None:
    assert unscoped(text)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:Image) WHERE n.user = $user AND (n.deleted OR n.width > 1) RETURN count(n) AS number",
        "MATCH (f:Frame)-[:SOURCE]->(v:Video {user: $user}) RETURN count(f) AS number",
        "MATCH (o:Image)-[:MATCH]-(n:Image), (n)-[:MATCH]-(p:Image {user: $user}) RETURN o.key AS key",
        "MATCH (n:Image {user: $user}) WHERE NOT (n)-[:MATCH]-() RETURN n.key AS key",
        "MATCH p = shortestPath((a:Image {user: $user})-[:MATCH*..5]-(b:Frame {user: $user})) RETURN p",
    ],
)
def test_a_query_about_one_user_passes(text: str) -> None:
    assert not unscoped(text)


@each_query
def test_it_says_only_what_both_engines_understand(one: Query) -> None:
    assert not re.search(r"elementId|\bid\(|\bmax\(|\bmin\(|SHORTEST|FULLTEXT|VECTOR|gds\.", one.text)
    assert "//" not in one.text
    assert set(re.findall(r"\((?:\w*):(\w+)", one.text)) <= LABELS
    assert set(re.findall(r"\[(?:\w*):(\w+)", one.text)) <= TYPES


@pytest.mark.soak_on_neo4j
def test_every_query_is_used(graph: Graph, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A life of a collection runs all of them; the schema's own are run by `connect`."""
    used: set[str] = set()
    run = Unit.run

    def note(unit: Unit, name: str, **parameters: object) -> object:
        used.add(name)
        return run(unit, name, **parameters)

    monkeypatch.setattr(Unit, "run", note)
    monkeypatch.setattr(history, "HISTORY", 3)
    own = Collection(graph, user)
    # Hashes of both kinds at many keys, so that either kind is the smaller end of some match.
    stills = [image(f"/{number}.jpg", BASE ^ number) for number in range(6)]
    clips = [video(f"/{number}.mp4", [BASE ^ number << 3]) for number in range(6)]
    own.store([*stills, *clips], source=SOURCE)
    for row in own.matches():
        own.neighbourhood(row["a"])
        own.reject(row["a"], row["b"])
        own.unreject(row["a"], row["b"])
        own.confirm_pairs([(row["a"], row["b"])])
        own.unconfirm_pairs([(row["a"], row["b"])])
    own.store(
        [image("/0.jpg", near(40), content="x"), video("/0.mp4", [near(44)], content="y")], source=SOURCE
    )
    for number in range(6):
        own.store([image(f"/{number}.jpg", near(40), content="x")], source=SOURCE)
        own.store([video(f"/{number}.mp4", [near(44)], content="y")], source=SOURCE)
    Collection(graph, user).hashes()
    _ = own.settings, own.rejected(), own.counts(), own.images(), own.videos(), own.paths("x")
    match_in_database(graph, user, 8)
    own.store([image("/cat.jpg", BASE), *clips], source=SOURCE)
    frame = own.frames()[0]
    moment = f"{user}:{frame['video']}:9"
    items = [own.images()[0]["key"], own.videos()[0]["key"], frame["key"], moment]
    own.add_tag("animals")
    own.add_tag("cats", parent="animals")
    own.tag(items, "cats", {moment: (BASE, 0.36)})
    own.label({items[0]: [("cat", 0.5)], moment: [("cat", 0.25)]}, "tiny")
    _ = own.labelled()
    own.rename_tag("cats", "felines")
    own.untag(items)
    own.merge_tags("felines", "animals")
    own.delete_tag("animals")
    _ = own.tags(), own.tagged(), own.tags_together(), own.places(items)
    own.remove(["/cat.jpg"])
    own.undo()
    own.set_settings(Settings(9, 5))
    own.add_tag("one more than is remembered")
    assert own.collect() > 0
    member = Collection(graph, f"{user}, member").user
    share(graph, user, member)
    _ = shares(graph, user), shared_with(graph, member), SharedGraph(graph.runner, user, member).access()
    unshare(graph, user, member)
    members.redeem(graph, members.invite(graph, user, 60))
    remove_user(graph, user)
    assert used == set(catalogue()) - NOT_OF_A_USER


def test_the_readme_names_every_query_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "cypher" / "README.md").read_text("utf-8")
    assert set(re.findall(r"`(\w+)\.cypher`", text)) == set(catalogue())


def test_an_unknown_query_says_where_it_looked() -> None:
    with pytest.raises(KeyError, match="no query 'nonsense' in"):
        query("nonsense")
