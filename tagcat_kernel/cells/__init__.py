"""Cypher in notebook cells: after `%load_ext tagcat_kernel`, a cell that begins with `%%cypher`.

    %%cypher
    MATCH (i:Image {user: $user}) WHERE i.width > $least RETURN i.key, i.width

The parameters are variables of the notebook, `$user` the present user where there is no such variable.
The answer is a DataFrame, or with `--graph` a picture of the nodes and relationships. A cell only reads,
unless it begins with `%%cypher --write`.
"""

from tagcat_kernel.cells.magic import CypherMagics
from tagcat_kernel.cells.picture import GraphPicture

__all__ = ["CypherMagics", "GraphPicture"]
