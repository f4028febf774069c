"""Folding: clusters shown as one box, and clusters found where a graph is too large to be read.

All of this works on scenes, and goes over lists: no recursion, whatever the size.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace

from autograd_lite.draw.repeats import Repeat, Step, repeats_in
from autograd_lite.draw.scene import Cluster, Edge, Scene, Vertex
from autograd_lite.draw.words import plural

ROOM = 50  # boxes that can be taken in at a glance: beyond, a picture folds what it can
OPERATIONS = frozenset(("operation", "part", "fold"))
_TELLING = ("axis", "exponent", "subscripts")  # keywords without which operations are not alike
_SHORT_BLOCK, _SHORTEST_CHAIN = 4, 3


def folded(scene: Scene) -> Scene:
    """Return a scene in which each cluster that is marked so is one box.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Scene
        Its clusters are those that stay open.
    """
    roots = _folded_roots(scene.clusters)
    if not any(roots.values()):
        return scene
    home = {vertex.key: roots.get(vertex.cluster or "") or vertex.key for vertex in scene.vertices}
    members: dict[str, list[Vertex]] = {}
    for vertex in scene.vertices:
        if home[vertex.key] != vertex.key:
            members.setdefault(home[vertex.key], []).append(vertex)
    results = _results(scene, home)
    last = {key: inside[-1].key for key, inside in members.items()}
    by_key = {cluster.key: cluster for cluster in scene.clusters}
    vertices = []
    for vertex in scene.vertices:
        box = home[vertex.key]
        if box == vertex.key:
            vertices.append(vertex)
        elif last[box] == vertex.key:  # as late as its last member, so that what it reads comes before
            vertices.append(_box(by_key[box], members[box], results.get(box, vertex)))
    clusters = [cluster for cluster in scene.clusters if not roots[cluster.key]]
    edges = _with_totals(_moved(scene.edges, home), vertices)
    return replace(scene, vertices=vertices, edges=edges, clusters=clusters)


def _with_totals(edges: list[Edge], vertices: list[Vertex]) -> list[Edge]:
    """Return edges, with all that flows back to a vertex on the one edge that leaves it, if that stands for several."""
    leaving = Counter(edge.tail for edge in edges)
    arrived = {vertex.key: vertex.cotangent for vertex in vertices}
    return [
        replace(edge, flow=arrived[edge.tail]) if edge.count > 1 and leaving[edge.tail] == 1 else edge for edge in edges
    ]


def _folded_roots(clusters: Iterable[Cluster]) -> dict[str, str]:
    """Return for each cluster the outermost folded one that it is or stands in, '' for none."""
    roots: dict[str, str] = {}
    for cluster in clusters:
        roots[cluster.key] = roots.get(cluster.parent or "") or (cluster.key if cluster.folded else "")
    return roots


def _results(scene: Scene, home: dict[str, str]) -> dict[str, Vertex]:
    """Return the last member of each folded cluster that is an output or that something outside reads."""
    seen_outside = {edge.tail for edge in scene.edges if home[edge.tail] != home[edge.head]}
    return {
        home[vertex.key]: vertex
        for vertex in scene.vertices
        if vertex.kind in OPERATIONS and (vertex.is_output or vertex.key in seen_outside)
    }


def _box(cluster: Cluster, members: list[Vertex], result: Vertex) -> Vertex:
    operations = sum(vertex.kind in OPERATIONS for vertex in members)
    parameters = sum(vertex.kind in ("leaf", "parameter") for vertex in members)
    named = any(vertex.kind == "parameter" for vertex in members)
    leaves = plural(parameters, "parameter") if named else plural(parameters, "leaf", "leaves")
    inside = " and ".join(filter(None, (plural(operations, "operation"), leaves)))
    costs = [vertex.cost for vertex in members if vertex.cost is not None]
    title = cluster.title if cluster.count == 1 else f"{cluster.title} ×{cluster.count:,}"
    return Vertex(
        cluster.key,
        "fold",
        title,
        name=cluster.name,
        shape=result.shape,
        dtype=result.dtype,
        is_output=any(vertex.is_output for vertex in members),
        value=result.value,
        cotangent=result.cotangent,
        gradient=result.gradient,
        cluster=cluster.parent,
        count=sum(vertex.count for vertex in members if vertex.kind != "constant"),
        change=members[0].change if len({vertex.change for vertex in members}) == 1 else "changed",
        detail=(*cluster.detail, inside),
        result=result.result or result.key,
        cost=functools.reduce(operator.add, costs) if costs else None,
    )


def _moved(edges: Iterable[Edge], home: dict[str, str]) -> list[Edge]:
    """Return edges between boxes; those between the same two, where one is folded, are one."""
    kept: list[Edge] = []
    together: dict[tuple[str, str], int] = {}
    for edge in edges:
        tail, head = home[edge.tail], home[edge.head]
        if tail == edge.tail and head == edge.head:
            kept.append(edge)
        elif tail != head:
            place = together.setdefault((tail, head), len(kept))
            if place == len(kept):
                kept.append(replace(edge, tail=tail, head=head, argument="" if head != edge.head else edge.argument))
            else:
                one = kept[place]
                rule = one.rule if one.rule == edge.rule else ""
                kept[place] = replace(
                    one,
                    count=one.count + edge.count,
                    rule=rule,
                    flow=None,
                    total=None,
                    slope=None,
                    slot=None,
                    operand="",
                )
    return kept


# Deciding what to fold


def fold_to_depth(scene: Scene, depth: int) -> Scene:
    """Return a scene with all clusters folded that have ``depth`` others around them, or more.

    Parameters
    ----------
    scene : Scene
    depth : int
        0 folds everything that can be folded.

    Returns
    -------
    Scene
    """
    scene = with_chains(with_repeats(scene))
    levels = _levels(scene.clusters)
    clusters = [replace(cluster, folded=levels[cluster.key] >= depth) for cluster in scene.clusters]
    return replace(scene, clusters=clusters)


def fold_to_fit(scene: Scene, room: int = ROOM) -> Scene:
    """Return a scene folded as far as it takes to show no more than ``room`` boxes, or as far as it goes.

    First what repeats, then chains of elementwise operations, then modules and functions from the innermost out.

    Parameters
    ----------
    scene : Scene
    room : int

    Returns
    -------
    Scene
    """
    if _boxes(scene) <= room:
        return scene
    scene = with_chains(with_repeats(scene))
    levels = _levels(scene.clusters)
    for level in range(max(levels.values(), default=-1), -1, -1):
        if _boxes(folded(scene)) <= room:
            break
        clusters = [
            replace(cluster, folded=cluster.folded or levels.get(cluster.key, -1) >= level)
            for cluster in scene.clusters
        ]
        scene = with_repeats(replace(scene, clusters=clusters))
    return scene


def _boxes(scene: Scene) -> int:
    return sum(vertex.kind != "constant" for vertex in scene.vertices)


def _levels(clusters: Iterable[Cluster]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for cluster in clusters:
        levels[cluster.key] = levels.get(cluster.parent or "", -1) + 1
    return levels


def with_repeats(scene: Scene) -> Scene:
    """Return a scene with a folded cluster around each stretch of blocks that are alike.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Scene
    """
    shown = folded(scene)
    operations = [vertex for vertex in shown.vertices if vertex.kind in OPERATIONS]
    place = {vertex.key: i for i, vertex in enumerate(operations)}
    kinds = {vertex.key: vertex.kind for vertex in shown.vertices}
    reads: list[list[int]] = [[] for _ in operations]
    others: list[list[str]] = [[] for _ in operations]
    for edge in shown.edges:
        if edge.head in place:
            if edge.tail in place:
                reads[place[edge.head]].append(place[edge.tail])
            else:
                others[place[edge.head]].append(kinds[edge.tail])
    steps = [Step(_token(vertex, others[i]), reads[i]) for i, vertex in enumerate(operations)]
    groups = []
    for repeat in repeats_in(steps):
        inside = operations[repeat.start : repeat.start + repeat.period * repeat.times]
        blocks = {vertex.key: i // repeat.period for i, vertex in enumerate(inside)}
        groups.append((_repeat_cluster(repeat, inside), blocks))
    return _with_groups(scene, shown, groups)


def _token(vertex: Vertex, others: list[str]) -> object:
    words = tuple(str(vertex.keywords[word]) for word in _TELLING if word in vertex.keywords)
    what = (vertex.kind, vertex.title, vertex.shape, vertex.dtype, vertex.cluster, vertex.change)
    return what, words, tuple(sorted(others))


def _repeat_cluster(repeat: Repeat, inside: list[Vertex]) -> Cluster:
    titles = [vertex.title for vertex in inside[: repeat.period]]
    short = " → ".join(titles)
    title = short if repeat.period <= _SHORT_BLOCK else f"{repeat.period} operations"
    detail = () if title == short else (_summary(titles),)
    return Cluster("", "repeat", title, parent=inside[0].cluster, count=repeat.times, folded=True, detail=detail)


def _summary(titles: list[str]) -> str:
    """Return what operations there are, the most frequent first."""
    counts = Counter(titles).most_common(6)
    told = [title if count == 1 else f"{count:,} {title}" for title, count in counts]
    return ", ".join(told) + (", …" if len(set(titles)) > len(told) else "")


def with_chains(scene: Scene) -> Scene:
    """Return a scene with a folded cluster around elementwise operations that only pass a value on to each other.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Scene
    """
    shown = folded(scene)
    by_key = {vertex.key: vertex for vertex in shown.vertices}
    readers: dict[str, list[str]] = {}
    for edge in shown.edges:
        readers.setdefault(edge.tail, []).append(edge.head)
    behind: dict[str, str] = {}
    for vertex in shown.vertices:
        if vertex.family == "elementwise" and not vertex.is_output and len(readers.get(vertex.key, ())) == 1:
            reader = by_key[readers[vertex.key][0]]
            if (
                reader.family == "elementwise"
                and reader.cluster == vertex.cluster
                and (reader.change == vertex.change)
                and reader.key not in behind
            ):
                behind[reader.key] = vertex.key  # the first that is found, where two chains meet
    ahead = {tail: head for head, tail in behind.items()}
    groups = []
    for vertex in shown.vertices:
        if vertex.key in ahead and vertex.key not in behind:
            chain = [vertex.key]
            while chain[-1] in ahead:
                chain.append(ahead[chain[-1]])
            if len(chain) >= _SHORTEST_CHAIN:
                groups.append((_chain_cluster([by_key[key] for key in chain]), dict.fromkeys(chain, 0)))
    return _with_groups(scene, shown, groups)


def _chain_cluster(inside: list[Vertex]) -> Cluster:
    titles = [vertex.title for vertex in inside]
    short = len(titles) <= _SHORT_BLOCK
    title = " → ".join(titles) if short else f"{len(titles):,} elementwise operations"
    return Cluster(
        "", "chain", title, parent=inside[0].cluster, folded=True, detail=() if short else (_summary(titles),)
    )


def _with_groups(scene: Scene, shown: Scene, groups: list[tuple[Cluster, dict[str, int]]]) -> Scene:
    """Return a scene with further clusters, each around boxes of which the block is given by number.

    Leaves and constants that one block alone reads are folded with it.
    """
    if not groups:
        return scene
    taken = {cluster.key for cluster in scene.clusters}
    fresh = (key for i in range(len(taken) + len(groups) + 1) if (key := f"f{i}") not in taken)
    joined: dict[str, str] = {}
    block: dict[str, tuple[str, int]] = {}
    made = []
    for cluster, blocks in groups:
        cluster = replace(cluster, key=next(fresh))
        made.append(cluster)
        joined |= dict.fromkeys(blocks, cluster.key)
        block |= {key: (cluster.key, number) for key, number in blocks.items()}
    chains = {cluster.key for cluster in made if cluster.kind == "chain"}
    readers: dict[str, set[tuple[str, int] | None]] = {}
    for edge in shown.edges:
        readers.setdefault(edge.tail, set()).add(block.get(edge.head))
    for vertex in shown.vertices:
        reading = readers.get(vertex.key, {None})
        one = next(iter(reading))
        is_input = vertex.kind in ("leaf", "parameter", "constant") and not vertex.is_output
        if is_input and len(reading) == 1 and one is not None and (vertex.kind == "constant" or one[0] not in chains):
            joined[vertex.key] = one[0]
    vertices = [
        replace(vertex, cluster=joined[vertex.key]) if vertex.key in joined else vertex for vertex in scene.vertices
    ]
    clusters = [
        replace(cluster, parent=joined[cluster.key]) if cluster.key in joined else cluster for cluster in scene.clusters
    ]
    return replace(scene, vertices=vertices, clusters=_outer_first([*clusters, *made]))


def _outer_first(clusters: list[Cluster]) -> list[Cluster]:
    """Return clusters so that each comes after the one that it stands in."""
    inside: dict[str | None, list[Cluster]] = {}
    for cluster in clusters:
        inside.setdefault(cluster.parent, []).append(cluster)
    queue, ordered = deque(inside.get(None, [])), []
    while queue:
        ordered.append(queue.popleft())
        queue.extend(inside.get(ordered[-1].key, []))
    return ordered
