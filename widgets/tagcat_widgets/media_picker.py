"""Chooses folders and files on the machine where the kernel runs.

ipyfilechooser walks the folders under a root; what is chosen goes into a list of its own, and several
places can be. Each path is resolved and checked when it is added, and again when it is handed out: the
chooser's text field lets a browser name any file, folders may be links, and a path may have changed in
between. ipyfilechooser writes the chosen path as HTML into its label; that label stays empty here, and
names are shown as text by the list.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets
from ipyfilechooser import FileChooser

from tagcat_widgets._items import shown
from tagcat_widgets._sandbox import OutsideError, inside
from tagcat_widgets.path_list import PathList


class _Chooser(FileChooser):  # type: ignore[misc]  # ipyfilechooser has no types
    """A FileChooser that is always open, shows no HTML and says why a folder can't be opened."""

    _LBL_TEMPLATE = ""  # the label is HTML and would take it from a folder's name

    def __init__(self, root: Path, refused: Callable[[str], None], **keywords: Any) -> None:
        self._refused = refused
        super().__init__(
            str(root),
            sandbox_path=str(root),
            select_desc="Add",
            change_desc="Add",
            title="",
            dir_icon="/",  # a plain sign behind the name: an emoji needs a font that a server may lack
            dir_icon_append=True,
            layout=ipywidgets.Layout(width="100%", max_width="720px"),
            **keywords,
        )
        self._dircontent.rows = 10
        self._filename.placeholder = "a file, or nothing for this whole folder"
        # Names for who does not see how the three lie; path_list.css keeps them off the screen.
        self.add_class("tagcat-chooser")
        self._pathlist.description, self._dircontent.description = "Folder", "In this folder"
        self._filename.description = "File"
        self.open_at(str(root))

    def open_at(self, path: str) -> None:
        """Show a folder with nothing chosen in it."""
        self.reset(path=path, filename="")
        self._show_dialog()
        self._cancel.layout.display = "none"

    @property
    def folder(self) -> str:
        """The folder that is shown."""
        return str(self._expand_path(self._pathlist.value))

    def _set_form_values(self, path: str, filename: str) -> None:
        """Show a folder, where it may be shown and can be read; else stay and say why.

        Checked before FileChooser begins: it would stop half-way with its observers off.
        """
        try:
            inside(Path(self._sandbox_path), path, hidden=self._show_hidden)
            with os.scandir(path):
                pass
        except OutsideError as error:
            self._stay(str(error))
        except OSError as error:
            self._stay(f"{path}: can't be opened ({error.strerror})")
        else:
            super()._set_form_values(path, filename)
            self._name_folders()

    def _name_folders(self) -> None:
        """Show folders by their whole paths: FileChooser calls the root of all "/", whatever it is."""
        root = Path(self._sandbox_path)
        top = "Home" if root == Path.home().resolve() else shown(root)
        places = [str(place) for place in self._pathlist.options]
        now = self._pathlist.value
        named = [(top if place == os.sep else shown(top.rstrip(os.sep) + place), place) for place in places]
        self._pathlist.unobserve(self._on_pathlist_select, names="value")
        self._pathlist.options, self._pathlist.value = named, now
        self._pathlist.observe(self._on_pathlist_select, names="value")

    def _on_dircontent_select(self, change: Any) -> None:
        if change["new"] is not None:
            super()._on_dircontent_select(change)

    def _stay(self, reason: str) -> None:
        self._dircontent.value = None
        self._refused(reason)


class MediaPicker(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Folders and files to choose, with a list of what is chosen and a button to go on.

    Parameters
    ----------
    root
        The folder that nothing may leave; default: `TAGCAT_MEDIA_ROOT`, else the home folder.
    submit
        What the button says.
    patterns
        Shows only files whose names match one of these, such as "*.jpg"; folders always show.
    hidden
        Whether names that begin with a dot may be chosen.

    Raises
    ------
    NotADirectoryError
        If `root` is no folder.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp()).resolve()
    >>> picker = MediaPicker(root)
    >>> picker.add(root)
    True
    >>> picker.paths == [root]
    True
    >>> picker.add("/etc/passwd")
    False
    >>> picker.error == f"/etc/passwd: lies outside the folder that is open here ({root})"
    True
    """

    def __init__(
        self,
        root: str | Path | None = None,
        *,
        submit: str = "Read these",
        patterns: Sequence[str] | None = None,
        hidden: bool = False,
        **keywords: Any,
    ) -> None:
        chosen = root or os.environ.get("TAGCAT_MEDIA_ROOT") or Path.home()
        self.root = Path(chosen).expanduser().resolve()
        if not self.root.is_dir():
            raise NotADirectoryError(f"{self.root}: is no folder; give MediaPicker a root that is one")
        self._hidden = hidden
        self._chosen: dict[str, Path] = {}  # by the key of its row
        self._serial = 0
        self._on_submit: list[Callable[[list[Path]], object]] = []
        self.list = PathList(empty="Nothing chosen yet: open a folder above and press Add.", submit=submit)
        self.chooser = _Chooser(
            self.root, self._say, show_hidden=hidden, filter_pattern=list(patterns) if patterns else None
        )
        self.chooser.register_callback(self._picked)
        self.list.on_remove(self.remove)
        self.list.on_clear(self.clear)
        self.list.on_submit(self._submitted)
        super().__init__([self.chooser, self.list], **keywords)

    @property
    def paths(self) -> list[Path]:
        """The chosen paths, resolved and checked now; those that no longer hold are left out and marked."""
        return [path for path in (self._check(key) for key in list(self._chosen)) if path is not None]

    @property
    def error(self) -> str:
        """Why the last choice was refused, or nothing."""
        return str(self.list.error)

    def on_submit(self, callback: Callable[[list[Path]], object]) -> None:
        """Call `callback(paths)` when the button is pressed and at least one path holds."""
        self._on_submit.append(callback)

    def add(self, path: str | Path) -> bool:
        """Add a folder or file; return whether it may be chosen, `error` says why not."""
        try:
            real = inside(self.root, path, hidden=self._hidden)
        except OutsideError as error:
            self._say(str(error))
            return False
        self._say("")
        if real not in self._chosen.values():
            self._serial += 1
            self._chosen[str(self._serial)] = real
            self._draw()
        return True

    def remove(self, key: str) -> None:
        """Take out the row of this key; an unknown key changes nothing."""
        self._chosen.pop(key, None)
        self._say("")
        self._draw()

    def clear(self) -> None:
        """Take out all rows."""
        self._chosen.clear()
        self._say("")
        self._draw()

    def _picked(self, chooser: _Chooser) -> None:
        folder, name = chooser.folder, str(chooser.selected_filename or "")
        # Joined as text, so that what a browser wrote into the field is checked exactly as it came.
        self.add(f"{folder}/{name}" if name else folder)
        chooser.open_at(folder if Path(folder).is_dir() else str(self.root))

    def _submitted(self) -> None:
        paths = self.paths
        if not paths:
            return
        try:
            for callback in self._on_submit:
                callback(paths)
        except Exception as error:  # shown to the person who pressed the button
            self._say(f"This could not be started: {error}")

    def _check(self, key: str) -> Path | None:
        chosen = self._chosen[key]
        try:
            now = inside(self.root, chosen, hidden=self._hidden)
            if now != chosen:
                raise OutsideError(f"{chosen}: has become a link to somewhere else")
        except OutsideError as error:
            self._draw(wrong={key: str(error)})
            return None
        return chosen

    def _draw(self, wrong: dict[str, str] | None = None) -> None:
        self.list.rows = [
            {
                "key": key,
                "name": shown(path.name or path),
                "folder": path.is_dir(),
                "detail": shown(path.parent),
                "error": shown((wrong or {}).get(key, "")),
            }
            for key, path in self._chosen.items()
        ]

    def _say(self, text: str) -> None:
        # The chooser speaks while it is built, before the list is there to show it.
        if hasattr(self, "list"):
            self.list.error = text
