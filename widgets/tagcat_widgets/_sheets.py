"""Many small pictures in one: what a graph of thousands of thumbnails is sent.

A browser takes longer to make two thousand pictures of two thousand small files than to draw them. So they
come on sheets, in cells of 80 × 80 pixels, ten in a row. Cells end where blocks of a JPEG do: no picture
runs into the next one.
"""

import io

SMALL = 80
"""Pixels of a cell's side, and at most of a picture's."""
COLUMNS = 10
TILES = 100
"""Pictures of a sheet."""
LARGEST = 1 << 20
"""Pixels of a picture that is made small; no thumbnail has more."""


class Sheet:
    """A sheet that fills.

    Examples
    --------
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (320, 160), "red").save(file, "JPEG")
    >>> sheet = Sheet()
    >>> sheet.add("a", file.getvalue())
    >>> sheet.add("b", file.getvalue())
    >>> sheet.tiles
    [('a', 0, 0, 80, 40), ('b', 80, 0, 80, 40)]
    >>> Image.open(io.BytesIO(sheet.jpeg())).size
    (160, 80)
    """

    def __init__(self) -> None:
        from PIL import Image

        self.tiles: list[tuple[str, int, int, int, int]] = []
        """Key, left, top, width, height in pixels of each picture."""
        self._whole = Image.new("RGB", (COLUMNS * SMALL, TILES // COLUMNS * SMALL))

    def add(self, key: str, picture: bytes) -> None:
        """Put a picture (JPEG bytes) into the next cell.

        Raises
        ------
        ValueError
            If it is larger than any thumbnail.
        OSError
            If it is none.
        """
        from PIL import Image

        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > LARGEST:
                raise ValueError(f"{image.width} × {image.height} pixels are no thumbnail")
            scale = SMALL / max(image.size)
            if scale < 1:  # the decoder itself halves, at a fraction of the cost
                image.draft("RGB", (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
            image.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
            row, column = divmod(len(self.tiles), COLUMNS)
            self._whole.paste(image.convert("RGB"), (column * SMALL, row * SMALL))
            self.tiles.append((key, column * SMALL, row * SMALL, *image.size))

    def jpeg(self) -> bytes:
        """Return the sheet as far as it is filled, as a JPEG."""
        file = io.BytesIO()
        wide, high = min(COLUMNS, len(self.tiles)), -(-len(self.tiles) // COLUMNS)
        self._whole.crop((0, 0, wide * SMALL, high * SMALL)).save(file, "JPEG", quality=80)
        return file.getvalue()
