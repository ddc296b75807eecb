"""Gives every file of a device a name of its own, in the transaction that stores it.

A browser tells a file's name and the folders below the chosen one, no more. So a name that is taken by
another content does not say that the file has changed: it may be another folder's. The newcomer gets a
name of its own then, and nothing is lost; only where the device itself says what the file held before
(`replaces`) does the name pass on to the new content, as a path of the kernel does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tagcat_kernel.graph.keys import KINDS, file_key, md5_of
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.records import ImageRecord, VideoRecord
from tagcat_kernel.sources import on_device, twin_path


def named(
    unit: Unit, user: str, records: Sequence[ImageRecord | VideoRecord], replaces: Mapping[str, str]
) -> list[ImageRecord | VideoRecord]:
    """Return the records, those of devices with names that no other content has.

    Parameters
    ----------
    unit
        The open transaction, with the user's lock written.
    user
        Whose files they are.
    records
        Of the kernel, which pass as they are, and of devices.
    replaces
        The MD5 that a device's file held before, by the path that it came with.
    """
    paths = {
        path
        for record in records
        if on_device(record.path) and record.md5
        for path in (record.path, twin_path(record.path, record.md5))
    }
    if not paths:
        return list(records)
    keys = sorted(file_key(user, path) for path in paths)
    holds = {
        row["path"]: md5_of(row["content"])
        for kind in KINDS
        for row in unit.each(f"known_{kind}_files", keys, user=user)
    }
    found: list[ImageRecord | VideoRecord] = []
    for record in records:
        path = record.path
        if path in paths and record.md5:
            twin = twin_path(path, record.md5)
            free = holds.get(path, record.md5) in (record.md5, replaces.get(path))
            if holds.get(twin) == record.md5 or not free:
                path = twin
            holds[path] = record.md5
        found.append(replace(record, path=path))
    return found
