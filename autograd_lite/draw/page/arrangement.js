"use strict";
/*
 * Which boxes are to be seen, as groups are folded and open, and where they and their arrows stand. Open groups are laid
 * out from the innermost outwards; an arrow that passes the borders of groups is laid out in pieces, one in each.
 */
const arrangement = (data, texts) => {
  const { cut } = mathematics,
    { PAD, HEADER } = layout;
  const { nodes, edges, groups } = data;
  const folded = new Set(groups.flatMap((group, i) => (group.folded ? [i] : [])));
  const measure = document.createElement("canvas").getContext("2d");
  const FONTS = { strong: "600 12px ", small: "10.5px " };
  const family = getComputedStyle(document.body).fontFamily;

  function wide(text, size) {
    measure.font = FONTS[size] + family;
    return measure.measureText(text).width;
  }

  // What is to be seen

  const path = (group) => {
    // from the innermost group outwards
    const found = [];
    for (let at = group; at >= 0; at = groups[at].parent) found.push(at);
    return found;
  };
  const paths = groups.map((_, i) => path(i));
  const pathOf = (node) => (nodes[node].group >= 0 ? paths[nodes[node].group] : []);

  /** Return the key of the box that stands for a node now: its own, or that of the outermost folded group. */
  function boxOf(node) {
    let key = `n${node}`;
    for (const group of pathOf(node)) if (folded.has(group)) key = `g${group}`;
    return key;
  }

  /** Return the open groups around a box, from the innermost outwards. */
  function around(key) {
    const index = Number(key.slice(1));
    return key[0] === "n" ? pathOf(index) : paths[index].slice(1);
  }

  /** Return the edges between boxes as they are now; those between the same two, one of them a folded group, are one. */
  function visibleLinks() {
    const found = new Map();
    edges.forEach((edge, i) => {
      const tail = boxOf(edge.tail),
        head = boxOf(edge.head);
      if (tail === head) return;
      const single = tail[0] === "n" && head[0] === "n";
      const key = single ? `e${i}` : `${tail} ${head}`;
      if (!found.has(key)) found.set(key, { tail, head, edges: [] });
      found.get(key).edges.push(i);
    });
    const links = [...found.values()],
      readers = new Map();
    for (const link of links) readers.set(link.tail, (readers.get(link.tail) || 0) + 1);
    for (const link of links) link.readers = readers.get(link.tail);
    return links;
  }

  // Sizes

  function sizeOfNode(node) {
    const lines = texts.lines(node);
    const widest = Math.max(
      wide(lines.heading, "strong"),
      ...[...lines.small, ...lines.live].map((text) => wide(text, "small")),
    );
    const round = node.kind === "leaf" || node.kind === "argument" || node.kind === "parameter";
    return {
      width: Math.max(48, widest + (round ? 34 : 22)),
      height: 24 + 14 * lines.small.length + 14 * lines.places,
    };
  }

  function sizeOfGroup(group) {
    const lines = texts.group(group);
    return {
      width: Math.max(90, ...lines.map((text, i) => wide(text, i ? "small" : "strong") + 44)),
      height: 20 + 14 * lines.length,
      room: 34,
    };
  }

  // Layout

  /** Lay out one open group (or the whole: -1) from its members and the links that pass it; report what was cut. */
  function layOutOne(members, links, sizes, gone) {
    const items = members.map((key) => ({ ...sizes.get(key) }));
    const at = new Map(members.map((key, i) => [key, i]));
    const inner = [];
    for (const link of links) {
      if (gone.has(link.of)) continue;
      const port = (side) => items.push({ width: 6, height: 0, port: side }) - 1;
      const tail = link.tail === null ? port("top") : at.get(link.tail),
        head = link.head === null ? port("bottom") : at.get(link.head);
      inner.push({
        tail,
        head,
        light: link.light,
        longest: link.longest,
        from: link.from ?? 0,
        to: link.to ?? 0,
        of: link.of,
      });
    }
    const result = layout.level(items, inner, (link) => wide(nodeLabel(link.of), "small") + 16);
    result.ports = new Map();
    inner.forEach((link, i) => {
      if (items[link.tail].port) result.ports.set(link.of, { top: result.boxes[link.tail].x - result.width / 2 });
      if (items[link.head].port)
        result.ports.set(link.of, {
          ...result.ports.get(link.of),
          bottom: result.boxes[link.head].x - result.width / 2,
        });
      if (link.cut) gone.add(link.of);
      link.route = result.routes[i];
    });
    result.inner = inner;
    result.members = members;
    return result;
  }

  /** Return what a reference says that stands in for a link. */
  function nodeLabel(link) {
    const index = Number(link.tail.slice(1));
    return cut(link.tail[0] === "n" ? texts.lines(nodes[index]).reference : texts.group(groups[index])[0], 24);
  }

  /** Return places of all boxes and frames, and the routes of all links, from the innermost groups outwards. */
  function layOut() {
    const links = visibleLinks(),
      members = new Map([[-1, []]]),
      sizes = new Map(),
      levels = new Map([[-1, []]]);
    groups.forEach((group, i) => {
      if (!path(i).some((one) => folded.has(one))) {
        members.set(i, []);
        levels.set(i, []);
      }
    });
    groups.forEach((group, i) => {
      // what is not folded away itself, its parents open
      if (paths[i].slice(1).some((one) => folded.has(one))) return;
      members.get(group.parent).push(`g${i}`);
      if (folded.has(i)) sizes.set(`g${i}`, sizeOfGroup(group));
    });
    nodes.forEach((node, i) => {
      if (pathOf(i).some((one) => folded.has(one))) return;
      sizes.set(`n${i}`, sizeOfNode(node));
      members.get(node.group).push(`n${i}`);
    });
    for (const list of members.values()) list.sort((a, b) => first(a) - first(b));
    for (const link of links) chained(link, levels);
    const gone = new Set(),
      results = new Map();
    const tied = (key, piece, side) =>
      (key && key[0] === "g" ? results.get(Number(key.slice(1)))?.ports.get(piece.of)?.[side] : 0) ?? 0;
    const inside = [...members.keys()].filter((i) => i >= 0).sort((a, b) => paths[b].length - paths[a].length);
    for (const i of [...inside, -1]) {
      const here = levels
        .get(i)
        .map((piece) => ({ ...piece, from: tied(piece.tail, piece, "bottom"), to: tied(piece.head, piece, "top") }));
      const result = layOutOne(members.get(i), here, sizes, gone);
      results.set(i, result);
      const header = i >= 0 ? Math.max(result.width, wide(texts.group(groups[i])[0], "strong") + 30) : result.width;
      result.inset = (header - result.width) / 2 + PAD;
      sizes.set(`g${i}`, { width: header + 2 * PAD, height: result.height + PAD + HEADER, open: true });
    }
    return composed(results, sizes, links);
  }

  const earliest = groups.map(() => Infinity);
  nodes.forEach((node, i) =>
    pathOf(i).forEach((group) => {
      earliest[group] = Math.min(earliest[group], i);
    }),
  );
  const first = (key) => (key[0] === "n" ? Number(key.slice(1)) : earliest[Number(key.slice(1))]);

  /** Enter a link's pieces into the levels that it passes: out of the tail's groups, across, into the head's. */
  function chained(link, levels) {
    const out = around(link.tail),
      into = around(link.head),
      common = new Set(into);
    const light = link.tail[0] === "n" && !["operation", "part"].includes(nodes[Number(link.tail.slice(1))].kind);
    // What many boxes read would be a thicket of long lines.
    const longest = light ? (link.readers > 3 ? 1 : 3) : 8;
    link.pieces = [];
    const enter = (group, tail, head) => {
      levels.get(group).push({ of: link, tail, head, light, longest });
      link.pieces.push(group);
    };
    let tail = link.tail,
      head = link.head;
    const downward = [];
    for (const group of out) {
      if (common.has(group)) break;
      enter(group, tail, null);
      tail = `g${group}`;
    }
    const shared = new Set(out);
    for (const group of into) {
      if (shared.has(group)) break;
      downward.push([group, head]);
      head = `g${group}`;
    }
    enter(out.find((group) => common.has(group)) ?? -1, tail, head);
    for (const [group, inner] of downward.reverse()) enter(group, null, inner);
  }

  /** Add up places from the outside inwards, and join the pieces of each link. */
  function composed(results, sizes, links) {
    const boxes = new Map(),
      frames = new Map(),
      origin = new Map([[-1, [0, 0]]]),
      routes = new Map();
    const outside = [...results.keys()].sort((a, b) => (a < 0 ? 0 : paths[a].length) - (b < 0 ? 0 : paths[b].length));
    const references = [];
    for (const i of outside) {
      const result = results.get(i),
        [x, y] = origin.get(i);
      result.members.forEach((key, k) => {
        const size = sizes.get(key),
          place = result.boxes[k];
        const box = {
          x: x + place.x - size.width / 2,
          y: y + place.y - size.height / 2,
          width: size.width,
          height: size.height,
        };
        if (size.open) {
          const group = Number(key.slice(1)),
            inner = results.get(group);
          frames.set(group, box);
          origin.set(group, [box.x + inner.inset, box.y + HEADER]);
        } else boxes.set(key, box);
      });
      for (const link of result.inner) {
        if (!routes.has(link.of)) routes.set(link.of, new Map());
        routes.get(link.of).set(
          i,
          link.route.map(([u, v]) => [x + u, y + v]),
        );
      }
      for (const one of result.references)
        references.push({ ...one, group: i, link: one.link.of, x: x + one.x, y: y + one.y });
    }
    const byLink = new Map(references.map((one) => [one.link, one]));
    const lines = links.map((link) => {
      const reference = byLink.get(link);
      const pieces = reference ? link.pieces.slice(link.pieces.indexOf(reference.group)) : link.pieces;
      return { ...link, points: joined(pieces.map((group) => routes.get(link)?.get(group) ?? [])), reference };
    });
    const whole = results.get(-1);
    return { boxes, frames, lines, width: whole.width, height: whole.height };
  }

  /** Join pieces whose ends meet on a border. */
  const joined = (parts) =>
    parts
      .flatMap((part) => part)
      .filter((point, i, all) => !i || Math.hypot(point[0] - all[i - 1][0], point[1] - all[i - 1][1]) > 0.5);

  return { boxOf, folded, layOut, nodeLabel, pathOf, paths };
};
