// What the person who looks at a page may do in its collection, in the words of `Workbench.access`.

export type Access = "owner" | "tagging" | "reading";
