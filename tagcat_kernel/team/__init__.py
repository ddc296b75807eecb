"""A team on one server: who somebody is, whether they may come in, and how people join and leave.

`tokens` says whose a token is, `members` what the graph knows of a person, `door` puts the two together and
slows down guessers, `notices` tells an administrator what happened. docs/team.md is the guide.
"""
