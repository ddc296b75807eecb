"""`tagcat serve --team`: the same dashboards for many people, each with a collection of their own.

`identity` says who comes, `kernels` gives every kernel one owner, `channels` lets nothing but widgets'
messages through to it, `pages` are the ways in and out, `place` is where the server may listen, `server`
puts them on top of the dashboards of one person, and `start` runs it.
"""
