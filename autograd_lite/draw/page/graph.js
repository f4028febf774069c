"use strict";
/*
 * The drawing: which boxes are to be seen, where they stand, pan and zoom. It knows nothing of steps: who does hands it
 * the lines of a box as `texts`, and is told by `changed` that boxes have come into view, to be marked.
 */
const graph = (data, stage, world, texts, changed) => {
  const { cut } = mathematics, { PAD, HEADER } = layout;
  const SVG = "http://www.w3.org/2000/svg";
  const { nodes, edges, groups } = data;
  const folded = new Set(groups.flatMap((group, i) => (group.folded ? [i] : [])));
  const measure = document.createElement("canvas").getContext("2d");
  const view = { x: 0, y: 0, scale: 1 }, size = { width: stage.clientWidth, height: stage.clientHeight };
  new ResizeObserver(([{ contentRect }]) => Object.assign(size, { width: contentRect.width, height: contentRect.height })).observe(stage);
  let shown = { boxes: new Map(), elements: new Map() };

  function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  const FONTS = { strong: "600 12px ", small: "10.5px " };
  const family = getComputedStyle(document.body).fontFamily;
  function wide(text, size) {
    measure.font = FONTS[size] + family;
    return measure.measureText(text).width;
  }

  // What is to be seen

  const path = (group) => {  // from the innermost group outwards
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
      const tail = boxOf(edge.tail), head = boxOf(edge.head);
      if (tail === head) return;
      const single = tail[0] === "n" && head[0] === "n";
      const key = single ? `e${i}` : `${tail} ${head}`;
      if (!found.has(key)) found.set(key, { tail, head, edges: [] });
      found.get(key).edges.push(i);
    });
    const links = [...found.values()], readers = new Map();
    for (const link of links) readers.set(link.tail, (readers.get(link.tail) || 0) + 1);
    for (const link of links) link.readers = readers.get(link.tail);
    return links;
  }

  // Sizes

  function sizeOfNode(node) {
    const lines = texts.lines(node);
    const widest = Math.max(wide(lines.heading, "strong"), ...[...lines.small, ...lines.live].map((text) => wide(text, "small")));
    const round = node.kind === "leaf" || node.kind === "argument" || node.kind === "parameter";
    return { width: Math.max(48, widest + (round ? 34 : 22)), height: 24 + 14 * lines.small.length + 14 * lines.places };
  }

  function sizeOfGroup(group) {
    const lines = texts.group(group);
    return { width: Math.max(90, ...lines.map((text, i) => wide(text, i ? "small" : "strong") + 44)), height: 20 + 14 * lines.length, room: 34 };
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
      const tail = link.tail === null ? port("top") : at.get(link.tail), head = link.head === null ? port("bottom") : at.get(link.head);
      const heavy = link.tail !== null && link.head !== null && !link.light;
      inner.push({ tail, head, weight: heavy ? 30 : 1, longest: link.longest, from: link.from ?? 0, to: link.to ?? 0, of: link.of });
    }
    const result = layout.level(items, inner, (link) => wide(nodeLabel(link.of), "small") + 16);
    result.ports = new Map();
    inner.forEach((link, i) => {
      if (items[link.tail].port) result.ports.set(link.of, { top: result.boxes[link.tail].x - result.width / 2 });
      if (items[link.head].port) result.ports.set(link.of, { ...result.ports.get(link.of), bottom: result.boxes[link.head].x - result.width / 2 });
      if (link.cut) gone.add(link.of);
      link.route = result.routes[i];
    });
    result.inner = inner;
    result.members = members;
    return result;
  }

  const nodeLabel = (link) => cut(link.tail[0] === "n" ? texts.lines(nodes[Number(link.tail.slice(1))]).reference : texts.group(Number(link.tail.slice(1)))[0], 24);

  /** Return places of all boxes and frames, and the routes of all links, from the innermost groups outwards. */
  function layOut() {
    const links = visibleLinks(), members = new Map([[-1, []]]), sizes = new Map(), levels = new Map([[-1, []]]);
    groups.forEach((group, i) => {
      if (!path(i).some((one) => folded.has(one))) { members.set(i, []); levels.set(i, []); }
    });
    groups.forEach((group, i) => {  // what is not folded away itself, its parents open
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
    const gone = new Set(), results = new Map();
    const tied = (key, piece, side) => (key && key[0] === "g" ? results.get(Number(key.slice(1)))?.ports.get(piece.of)?.[side] : 0) ?? 0;
    const inside = [...members.keys()].filter((i) => i >= 0).sort((a, b) => paths[b].length - paths[a].length);
    for (const i of [...inside, -1]) {
      const here = levels.get(i).map((piece) => ({ ...piece, from: tied(piece.tail, piece, "bottom"), to: tied(piece.head, piece, "top") }));
      const result = layOutOne(members.get(i), here, sizes, gone);
      results.set(i, result);
      const header = i >= 0 ? Math.max(result.width, wide(texts.group(groups[i])[0], "strong") + 30) : result.width;
      result.inset = (header - result.width) / 2 + PAD;
      sizes.set(`g${i}`, { width: header + 2 * PAD, height: result.height + PAD + HEADER, open: true });
    }
    return composed(results, sizes, links);
  }

  const earliest = groups.map(() => Infinity);
  nodes.forEach((node, i) => pathOf(i).forEach((group) => { earliest[group] = Math.min(earliest[group], i); }));
  const first = (key) => (key[0] === "n" ? Number(key.slice(1)) : earliest[Number(key.slice(1))]);

  /** Enter a link's pieces into the levels that it passes: out of the tail's groups, across, into the head's. */
  function chained(link, levels) {
    const out = around(link.tail), into = around(link.head), common = new Set(into);
    const light = link.tail[0] === "n" && !["operation", "part"].includes(nodes[Number(link.tail.slice(1))].kind);
    // What many boxes read would be a thicket of long lines.
    const longest = light ? (link.readers > 3 ? 1 : 3) : 8;
    link.pieces = [];
    const enter = (group, tail, head) => {
      levels.get(group).push({ of: link, tail, head, light, longest });
      link.pieces.push(group);
    };
    let tail = link.tail, head = link.head;
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
    const boxes = new Map(), frames = new Map(), origin = new Map([[-1, [0, 0]]]), routes = new Map();
    const outside = [...results.keys()].sort((a, b) => (a < 0 ? 0 : paths[a].length) - (b < 0 ? 0 : paths[b].length));
    const references = [];
    for (const i of outside) {
      const result = results.get(i), [x, y] = origin.get(i);
      result.members.forEach((key, k) => {
        const size = sizes.get(key), place = result.boxes[k];
        const box = { x: x + place.x - size.width / 2, y: y + place.y - size.height / 2, width: size.width, height: size.height };
        if (size.open) {
          const group = Number(key.slice(1)), inner = results.get(group);
          frames.set(group, box);
          origin.set(group, [box.x + inner.inset, box.y + HEADER]);
        } else boxes.set(key, box);
      });
      for (const link of result.inner) {
        if (!routes.has(link.of)) routes.set(link.of, new Map());
        routes.get(link.of).set(i, link.route.map(([u, v]) => [x + u, y + v]));
      }
      for (const one of result.references) references.push({ ...one, group: i, link: one.link.of, x: x + one.x, y: y + one.y });
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
  const joined = (parts) => parts.flatMap((part) => part).filter((point, i, all) => !i || Math.hypot(point[0] - all[i - 1][0], point[1] - all[i - 1][1]) > 0.5);

  // Drawing

  const FEW = 400;  // of more boxes only those in view are in the document

  function draw() {
    shown = layOut();
    Object.assign(shown, { elements: new Map(), frameElements: new Map(), layers: [svg("g"), svg("g"), svg("g")], wires: new Set() });
    for (const [group, box] of [...shown.frames].sort((a, b) => paths[a[0]].length - paths[b[0]].length)) {
      const element = frameElement(group, box);
      shown.frameElements.set(`g${group}`, element);
      shown.layers[0].append(element);
    }
    for (const line of shown.lines) {
      const across = line.points.map(([x]) => x), down = line.points.map(([, y]) => y);
      Object.assign(line, { x: Math.min(...across), y: Math.min(...down) });
      Object.assign(line, { width: Math.max(...across) - line.x, height: Math.max(...down) - line.y });
    }
    world.replaceChildren(...shown.layers);
    look();
  }

  /** Put into the document what is in view, or all of it, and take out the rest. */
  function cull(all = shown.boxes.size <= FEW) {
    const margin = 80 / view.scale, left = -view.x / view.scale - margin, top = -view.y / view.scale - margin;
    const right = left + size.width / view.scale + 2 * margin, bottom = top + size.height / view.scale + 2 * margin;
    const inside = (box) => all || (box.x < right && box.x + box.width > left && box.y < bottom && box.y + box.height > top);
    let added = false;
    for (const line of shown.lines) {
      if (inside(line) === shown.wires.has(line)) continue;
      if (shown.wires.delete(line)) line.element.remove();
      else {
        line.element ??= lineElement(line);
        shown.layers[1].append(line.element);
        shown.wires.add(line);
        added = true;
      }
    }
    for (const [key, box] of shown.boxes) {
      const element = shown.elements.get(key);
      if (inside(box) === Boolean(element) || element === document.activeElement && element) continue;
      if (element) {
        element.remove();
        shown.elements.delete(key);
      } else {
        const fresh = key[0] === "n" ? nodeElement(Number(key.slice(1)), box) : foldedElement(Number(key.slice(1)), box);
        shown.elements.set(key, fresh);
        shown.layers[2].append(fresh);
        added = true;
      }
    }
    world.classList.toggle("far", view.scale < 0.3);
    if (added) changed();
  }

  const at = (box) => `translate(${box.x.toFixed(1)} ${box.y.toFixed(1)})`;

  function frameElement(group, box) {
    const [heading] = texts.group(groups[group]);
    const element = svg("g", { class: `frame depth${(paths[group].length - 1) % 2}`, transform: at(box) });
    element.append(svg("rect", { width: box.width, height: box.height, rx: 10 }));
    const bar = svg("g", { class: "bar", tabindex: "-1", role: "button", "aria-expanded": "true", "data-key": `g${group}`, "aria-label": `${heading}, open. Enter folds it.` });
    bar.append(svg("rect", { class: "hit", width: box.width, height: HEADER - 6, rx: 8 }), sign(14, 12, false), Object.assign(svg("text", { x: 26, y: 16 }), { textContent: heading }));
    element.append(bar);
    return element;
  }

  /** Return the sign that folds (−) or unfolds (+). */
  function sign(x, y, plus) {
    const lines = plus ? `M${x - 3} ${y}h6M${x} ${y - 3}v6` : `M${x - 3} ${y}h6`;
    return svg("g", { class: "sign" }, svg("circle", { cx: x, cy: y, r: 6.5 }), svg("path", { d: lines }));
  }

  function foldedElement(group, box) {
    const lines = texts.group(groups[group]);
    const element = svg("g", { class: "box folded", transform: at(box), tabindex: "-1", role: "button", "aria-expanded": "false", "data-key": `g${group}`, "aria-label": `${lines.join(", ")}, folded. Enter unfolds it.` });
    element.append(svg("rect", { class: "behind", x: 4, y: 4, width: box.width, height: box.height, rx: 8 }), svg("rect", { class: "body", width: box.width, height: box.height, rx: 8 }), sign(16, 16, true));
    lines.forEach((text, i) => element.append(line(text, box.width / 2 + 8, 20 + 14 * i, i ? "small" : "strong")));
    return element;
  }

  const line = (text, x, y, style) => Object.assign(svg("text", { x, y, class: style }), { textContent: text });

  function nodeElement(i, box) {
    const node = nodes[i], { heading, small, places } = texts.lines(node);
    const element = svg("g", { class: `box ${node.kind === "fold" ? "folded" : node.kind}${node.output ? " output" : ""}`, transform: at(box), tabindex: "-1", role: "button", "data-key": `n${i}` });
    if (node.kind === "fold") element.append(svg("rect", { class: "body behind", x: 4, y: 4, width: box.width, height: box.height, rx: 8 }));
    element.append(outline(node, box), line(heading, box.width / 2, 17, "strong"));
    small.forEach((text, k) => element.append(line(text, box.width / 2, 31 + 14 * k, "small")));
    for (let k = 0; k < places; k++) element.append(line("", box.width / 2, 31 + 14 * (small.length + k), k ? "gradient" : "value"));
    return element;
  }

  function outline(node, { width, height }) {
    if (node.kind === "argument") {
      return svg("path", { class: "body", d: `M10 0H${width - 10}L${width} ${height / 2}L${width - 10} ${height}H10L0 ${height / 2}Z` });
    }
    const rx = { leaf: Math.min(height / 2, 22), parameter: Math.min(height / 2, 22), constant: 2, note: 0 }[node.kind] ?? 7;
    return svg("rect", { class: "body", width, height, rx });
  }

  function lineElement(link) {
    const element = svg("g", { class: "line" });
    if (!link.points.length) return element;
    const [x, y] = link.points[link.points.length - 1], [u, v] = link.points[0], up = y < v && link.points.length === 2;
    element.append(svg("path", { class: "wire", d: layout.path(link.points) }));
    element.append(svg("path", { class: "ahead", d: up ? `M${x} ${y}l-4 7h8z` : `M${x} ${y}l-4 -7h8z` }));
    if (link.reference) {
      const { x: cx, y: cy, width } = link.reference;
      const key = link.tail;
      const text = nodeLabel(link);
      element.append(svg("g", { class: "reference", "data-go": key, role: "link", "aria-label": `from ${text}` }, svg("rect", { x: cx - width / 2, y: cy - 9, width, height: 18, rx: 9 }), line(text, cx, cy + 4, "small")));
    } else element.append(svg("path", { class: "back", d: `M${u} ${v}l-4 7h8z` }));
    const labels = link.edges.length === 1 ? (link.head[0] === "n" ? edges[link.edges[0]].argument : "") : `×${link.edges.length}`;
    if (labels) element.append(line(labels, x + 7, y - 10, "argument-name"));
    element.append(line("", (u + link.points[1][0]) / 2 + 8, (v + link.points[1][1]) / 2 + 4, "flow"));
    return element;
  }

  // Pan and zoom

  function look() {
    world.setAttribute("transform", `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.scale.toFixed(4)})`);
    cull();
  }

  function zoom(factor, x = size.width / 2, y = size.height / 2) {
    const scale = Math.min(4, Math.max(0.02, view.scale * factor)), ratio = scale / view.scale;
    Object.assign(view, { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio });
    look();
  }

  function pan(dx, dy) {
    view.x += dx;
    view.y += dy;
    look();
  }

  /** Show all of it, but no smaller than `least`: then its upper end. */
  function fit(least = 0) {
    Object.assign(size, { width: stage.clientWidth, height: stage.clientHeight });
    const margin = 24, across = (size.width - 2 * margin) / shown.width, down = (size.height - 2 * margin) / shown.height;
    const whole = Math.min(1.4, across, down);
    view.scale = whole < 0.75 * least ? least : whole;
    view.x = (size.width - shown.width * view.scale) / 2;
    view.y = Math.max(margin, (size.height - shown.height * view.scale) / 2);
    if (view.scale > down) view.y = margin;
    if (view.scale > across) {  // wider than there is room for: around the first box
      const [box] = [...shown.boxes.values()].sort((a, b) => a.y - b.y || Math.abs(a.x - shown.width / 2) - Math.abs(b.x - shown.width / 2));
      view.x = size.width / 2 - (box.x + box.width / 2) * view.scale;
    }
    look();
  }

  const placeOf = (key) => shown.boxes.get(key) ?? shown.frames.get(Number(key.slice(1)));

  /** Bring a box into view if it is not, and to the middle if asked to. */
  function reveal(key, middle = false) {
    const box = placeOf(key);
    if (!box) return;
    const left = view.x + box.x * view.scale, top = view.y + box.y * view.scale;
    const right = left + box.width * view.scale, bottom = top + box.height * view.scale, edge = 30;
    const inside = left >= edge && top >= edge && right <= size.width - edge && bottom <= size.height - edge;
    if (inside && !middle) return;
    if (middle && view.scale < 0.6) {  // too small to be read
      view.scale = 0.9;
      Object.assign(view, { x: size.width / 2 - (box.x + box.width / 2) * 0.9, y: size.height / 2 - (box.y + box.height / 2) * 0.9 });
      look();
      return;
    }
    pan(size.width / 2 - (left + right) / 2, size.height / 2 - (top + bottom) / 2);
  }

  /** Fold or unfold a group and keep it where it is on the screen, or as much of it as there is room for. */
  function toggle(group, fold = !folded.has(group)) {
    const before = placeOf(`g${group}`), middle = before ? view.x + (before.x + before.width / 2) * view.scale : 0;
    const top = before ? view.y + before.y * view.scale : 0;
    if (fold) folded.add(group); else folded.delete(group);
    draw();
    const after = placeOf(`g${group}`);
    if (before && after) {
      const width = after.width * view.scale, height = after.height * view.scale, edge = 16;
      const left = Math.min(Math.max(middle - width / 2, edge), Math.max(edge, size.width - width - edge));
      const upper = Math.min(Math.max(top, edge), Math.max(edge, size.height - height - edge));
      Object.assign(view, { x: left - after.x * view.scale, y: upper - after.y * view.scale });
    }
    look();
  }

  function toggleAll(fold) {
    groups.forEach((_, i) => (fold ? folded.add(i) : folded.delete(i)));
    draw();
    fit(0.85);
  }

  /** Unfold whatever hides a node. */
  function expose(node) {
    const hiding = pathOf(node).filter((group) => folded.has(group));
    hiding.forEach((group) => folded.delete(group));
    if (hiding.length) draw();
    return hiding.length > 0;
  }

  return {
    draw, fit, zoom, pan, look, cull, reveal, toggle, toggleAll, expose, boxOf, placeOf, folded, svg,
    get shown() { return shown; },
  };
};
