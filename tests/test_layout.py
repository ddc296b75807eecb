"""What the project promises about its own shape: the public names, quick imports, a changelog."""

import subprocess
import sys

import tagcat_kernel


def test_public_names_are_sorted_and_there() -> None:
    assert tagcat_kernel.__all__ == sorted(tagcat_kernel.__all__)
    for name in tagcat_kernel.__all__:
        assert getattr(tagcat_kernel, name).__doc__, f"{name} has no docstring"


def test_import_brings_none_of_the_heavy_libraries() -> None:
    heavy = [
        "numba",
        "cv2",
        "av",
        "pandas",
        "prince",
        "kmodes",
        "scipy",
        "neo4j",
        "PIL",
        "sklearn",
        "arcadedb",
        "onnxruntime",
        "keras",
        "boto3",
    ]
    program = f"import sys, tagcat_kernel; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
