"""TagCat's kernel: hashing, matching, remembering."""
