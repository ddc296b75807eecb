"""Is a query about one user? Read from its text, pattern by pattern.

A node is tied to `$user` where its map says so (`{user: $user}`, `{key: $user}`), where the condition
behind its pattern does (`WHERE n.user = $user`, on no side of an OR), or where it was tied before. A
pattern that is read needs one tied node: relationships never join two users. A pattern that is written
needs all its nodes tied: a new one must carry its user, and a relationship may only join the user's own.
"""

import itertools
import re

WORDS = (
    "OPTIONAL MATCH|MATCH|CREATE|MERGE|WHERE|ON CREATE SET|ON MATCH SET|SET|DETACH DELETE|DELETE|REMOVE"
    "|WITH|UNWIND|RETURN|ORDER BY|FOREACH|CALL|UNION"
)
CLAUSE = re.compile(rf"(?<!:)\b({WORDS})\b")
NODE = re.compile(r"\((\w*)(?::[\w|&:]+)?\s*(\{[^{}]*\})?\)")
LINK = r"<?-\s*(?:\[[^\]]*\])?\s*->?"
# `count(n)` and `collect(n)` look like nodes but for the name before them.
PATH = re.compile(rf"(?<!\w){NODE.pattern}(?:\s*{LINK}\s*{NODE.pattern})*")


def clauses(text: str) -> list[tuple[str, str]]:
    """The clauses of a query as (word, what follows it); texts in quotes are emptied."""
    text = re.sub(r"'[^']*'", "''", text)
    found = list(CLAUSE.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(match[1], text[match.end() : end]) for match, end in zip(found, ends, strict=True)]


def unscoped(text: str) -> list[str]:
    """The patterns of a query that are not tied to `$user`."""
    parts = [*clauses(text), ("", "")]
    tied: set[str] = set()
    loose: list[str] = []
    for (word, body), (next_word, next_body) in itertools.pairwise(parts):
        if word not in ("MATCH", "OPTIONAL MATCH", "CREATE", "MERGE", "WHERE"):
            continue
        reads = word not in ("CREATE", "MERGE")
        if reads and next_word == "WHERE":
            tied |= _tied_by(next_body)
        paths = [match[0] for match in PATH.finditer(body)]
        if word == "WHERE":
            paths = [path for path in paths if len(NODE.findall(path)) > 1]  # brackets, no pattern
        elif "(" in PATH.sub("", body).replace("shortestPath(", ""):
            loose.append(body.strip())  # a way to write a pattern that this reader does not know
        for _ in paths:  # paths of one clause may share names, whichever comes first
            for path in paths:
                nodes = NODE.findall(path)
                if reads and any(_is_tied(node, tied) for node in nodes):
                    tied |= {name for name, _ in nodes if name}
                if not reads:
                    tied |= {name for name, facts in nodes if name and "user: $user" in facts}
        for path in paths:
            fine = [_is_tied(node, tied) for node in NODE.findall(path)]
            if not (any(fine) if reads else all(fine)):
                loose.append(path)
    return loose


def _tied_by(condition: str) -> set[str]:
    while (flat := re.sub(r"\([^()]*\)", "", condition)) != condition:
        condition = flat
    if re.search(r"\bX?OR\b", condition):
        return set()
    return set(re.findall(r"(?<!NOT )\b(\w+)\.user = \$user", condition))


def _is_tied(node: tuple[str, str], tied: set[str]) -> bool:
    name, facts = node
    return name in tied or bool(re.search(r"\b(?:user|key): \$user\b", facts))
