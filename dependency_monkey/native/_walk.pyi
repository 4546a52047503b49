from array import array

def enumerate(  # noqa: A001 - the name that it has in C
    nodes: array[int],
    edges: array[int],
    versions: array[int],
    root: int,
    scores: array[int],
    path: array[int],
    limit: int,
) -> tuple[int, int, int, int]: ...
def sample(
    nodes: array[int],
    edges: array[int],
    versions: array[int],
    root: int,
    ends: array[int],
    words: int,
    number: int,
    state: bytes,
    packages_of: array[int],
    packages: int,
) -> bytes: ...
def best(
    nodes: array[int],
    edges: array[int],
    versions: array[int],
    root: int,
    scores: array[float],
) -> tuple[float, bytes]: ...
