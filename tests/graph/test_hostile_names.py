r"""Names that want to be code: stored and read back equal, or refused in words; and nothing else changes.

Names are drawn from what breaks out of somewhere: quotes, backticks, Cypher and its \u0060, HTML, NUL,
newlines, marks that turn the line round, halves of surrogate pairs, ten thousand letters. What must be
refused is said here once more, in other words than the program's.
"""

import re
import unicodedata
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.session import Graph
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, telling, video

PIECES = (
    *("'", '"', "`", "\\", "\\u0060", "\\u0027", "$user", "{key: 1}", "//", "/*", ";", "%s", "{}", "${x}"),
    *(
        "' OR 1=1 //",
        "'}) MATCH (n) DETACH DELETE n //",
        "`) DETACH DELETE n",
        "<img src=x onerror=alert(1)>",
    ),
    *("\0", "\n", "\r\n", "\t", "\x1b[2J", "\u202e", "\u200f", "\u2066", "\ufeff", "\u2028", "\u0000\u0000"),
    *(
        "\udce9",
        "\ud83d",
        "\U0001f408",
        "e\u0301",
        "é",
        "\u212b",
        "\uffff",
        "ß",
        " ",
        ".",
        "..",
        ":",
        "x" * 10_000,
    ),
)
NAMES = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(st.characters(exclude_categories=[]), max_size=4)), max_size=5
).map("".join)
ENGINES = pytest.mark.parametrize("engine", ["embedded", "neo4j"])
TRIED = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def graph_of(request: pytest.FixtureRequest, engine: str) -> Graph:
    return connect(request.getfixturevalue(f"{engine}_endpoint"))


def is_text(name: str) -> bool:
    return not re.search("[\ud800-\udfff]", name)


def difference(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> tuple[list[str], list[str]]:
    """Sort out what came, by label or type; nothing may have gone."""
    for part in ("nodes", "edges"):
        assert set(before[part]) <= set(after[part])
        assert len(set(after[part])) == len(after[part])
    nodes = [line for line in after["nodes"] if line not in set(before["nodes"])]
    edges = [line for line in after["edges"] if line not in set(before["edges"])]
    labels = [re.match(r"\(\['(\w+)'\]", line)[1] for line in nodes]  # type: ignore[index]
    types = [re.search(r"'\], '([A-Z_]+)', \{", line)[1] for line in edges]  # type: ignore[index]
    return sorted(labels), sorted(types)


class Two:
    """The user who is asked, with something stored already, and a neighbour who must notice nothing."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        name = uuid.uuid4().hex[:12]
        self.own, self.neighbour = Collection(graph, f"{name} own"), Collection(graph, f"{name} neighbour")
        for each in (self.own, self.neighbour):
            each.store([image("/there.jpg"), video("/there.mp4", [near(2)])], source=SOURCE)
        self.before = self.look()

    def look(self) -> list[dict[str, list[Any]]]:
        return [snapshot(self.graph, each.user) for each in (self.own, self.neighbour)]

    def changes(self) -> tuple[list[str], list[str]]:
        """What came to the one; nothing came to the other."""
        own, neighbour = self.look()
        assert neighbour == self.before[1]
        return difference(self.before[0], own)


@ENGINES
@TRIED
@given(name=NAMES)
@example(name="'}) MATCH (n) DETACH DELETE n //`\\u0060\"")
@example(name="new\nline\r\n\u202egpj.exe\u200f")
@example(name="x" * 10_000)
@example(name="nul\0")
@example(name="caf\udce9")
def test_a_file_name(request: pytest.FixtureRequest, engine: str, name: str) -> None:
    two = Two(graph_of(request, engine))
    path = f"/folder/{name}"
    apart, again = telling(1, 2)
    pair = [image(path, apart, content="new picture"), video(path + ".mp4", [again], content="new clip")]
    if is_text(name) and "\0" not in name:
        two.own.store(pair, source=SOURCE)
        assert two.changes() == (
            ["Frame", "Image", "ImageFile", "Video", "VideoFile"],
            ["BELONGS", "BELONGS", "SET", "SET", "SOURCE"],
        )
        assert set(two.own.files()) == {"/there.jpg", "/there.mp4", path, path + ".mp4"}
        assert [row["path"] for row in two.own.images() if row["md5"] == md5("new picture")] == [path]
        assert two.own.paths(md5("new clip")) == [path + ".mp4"]
        assert [row["path"] for row in two.own.frames(md5("new clip"))] == [path + ".mp4"]
    else:
        with pytest.raises(NotStorableError, match=r"file's path|not valid UTF-8"):
            two.own.store(pair, source=SOURCE)
        assert two.changes() == ([], [])


@ENGINES
@TRIED
@given(name=NAMES)
@example(name="'}) MATCH (n) DETACH DELETE n //`\\u0060\"")
@example(name="\u202eeve\u200f")
@example(name="\ud83d")
def test_a_user(request: pytest.FixtureRequest, engine: str, name: str) -> None:
    two = Two(graph_of(request, engine))
    called = uuid.uuid4().hex[:12] + name
    fine = (
        is_text(name)
        and ":" not in name
        and not any(unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in name)
        and called == called.strip()
        and len(called) <= 200
    )
    if fine:
        made = Collection(two.graph, called)
        made.store([image("/a.jpg", BASE), image("/b.jpg", near(3))], source=SOURCE)
        stored = two.graph.reading(lambda unit: unit.columns("images", user=called))
        assert sorted(stored["keys"]) == sorted(f"{called}:{md5(path)}" for path in ("/a.jpg", "/b.jpg"))
        assert made.counts() == {"images": 2, "videos": 0, "frames": 0, "matches": 1, "files": 2}
        assert made.neighbourhood(made.matches()[0]["a"]).hops.tolist() == [0, 1]
    else:
        with pytest.raises(NotStorableError, match="can't be a user's name: it "):
            Collection(two.graph, called)
        if is_text(called):
            assert two.graph.read("user", user=called) == []
    assert two.changes() == ([], [])


@ENGINES
@TRIED
@given(name=NAMES)
@example(name="'}) MATCH (n) DETACH DELETE n //`\\u0060\"")
@example(name="\u202egnp.tac\u200f: a tag")
@example(name="\udce9")
def test_a_tag(request: pytest.FixtureRequest, engine: str, name: str) -> None:
    two = Two(graph_of(request, engine))
    own = two.own
    keys = [row["key"] for row in (*own.images(), *own.videos(), *own.frames())]
    fine = (
        is_text(name)
        and 1 <= len(name) <= 200
        and name == name.strip()
        and not any(unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in name)
    )
    if fine:
        assert own.tag(keys, name) == 3
        assert two.changes() == (["Change", "Tag"], ["BELONGS", "TAGGED", "TAGGED", "TAGGED"])
        assert [row["name"] for row in own.tags()] == [name]
        own.rename_tag(name, "another")
        own.undo()
        assert [row["name"] for row in own.tags()] == [name]
        own.delete_tag(name)
        assert own.tags() == []
        labels, types = two.changes()
        assert (set(labels), types) == ({"Change"}, []), "nothing but the history is left of it"
    else:
        with pytest.raises(NotStorableError, match="can't be a tag's name: it "):
            own.tag(keys, name)
        assert two.changes() == ([], [])
    with pytest.raises(ValueError, match="there is no tag"):
        own.untag(keys, name + "?")
    assert two.neighbour.tags() == []


@ENGINES
@TRIED
@given(name=NAMES)
@example(name="'}) MATCH (n) DETACH DELETE n //`\\u0060\"")
@example(name="\u202egnp.tac\u200f: a label")
@example(name="x" * 10_000)
@example(name="nul\0")
@example(name="\udce9")
def test_a_label_and_its_model(request: pytest.FixtureRequest, engine: str, name: str) -> None:
    two = Two(graph_of(request, engine))
    own = two.own
    keys = [row["key"] for row in (*own.images(), *own.frames())]
    fine = (
        is_text(name)
        and 1 <= len(name) <= 200
        and name == name.strip()
        and not any(unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in name)
    )
    if fine:
        assert own.label({key: [(name, 0.5)] for key in keys}, name) == 2
        assert two.changes() == (["Label"], ["LABELLED", "LABELLED"])
        assert [(row["key"], row["label"], row["model"]) for row in own.labelled()] == [
            (key, name, name) for key in keys
        ]
        own.unlabel(keys, name + "?")
        assert len(own.labelled()) == 2, "another model's word is none of its business"
        own.unlabel(keys, name)
        assert own.labelled() == []
        assert two.changes()[1] == []
    else:
        for said, model in (({keys[0]: [(name, 0.5)]}, "model"), ({keys[0]: [("label", 0.5)]}, name)):
            with pytest.raises(NotStorableError, match="can't be the name of a label or model: it "):
                own.label(said, model)
        assert two.changes() == ([], [])
    assert two.neighbour.labelled() == []
