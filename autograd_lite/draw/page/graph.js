"use strict";
/*
 * The drawing: which boxes are to be seen, where they stand, pan and zoom. It knows nothing of steps: who does hands it
 * the lines of a box as `texts`, and is told by `changed` that boxes have come into view, to be marked.
 */
const graph = (data, stage, world, texts, changed) => {
  const { HEADER } = layout;
  const SVG = "http://www.w3.org/2000/svg";
  const { nodes, edges, groups } = data;
  const { boxOf, folded, layOut, nodeLabel, pathOf, paths } = arrangement(data, texts);
  const view = { x: 0, y: 0, scale: 1 },
    size = { width: stage.clientWidth, height: stage.clientHeight };
  new ResizeObserver(([{ contentRect }]) =>
    Object.assign(size, { width: contentRect.width, height: contentRect.height }),
  ).observe(stage);
  let shown = { boxes: new Map(), elements: new Map() };

  function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // Drawing

  const FEW = 400; // of more boxes only those in view are in the document

  function draw() {
    shown = layOut();
    Object.assign(shown, {
      elements: new Map(),
      frameElements: new Map(),
      layers: [svg("g"), svg("g"), svg("g")],
      wires: new Set(),
    });
    for (const [group, box] of [...shown.frames].sort((a, b) => paths[a[0]].length - paths[b[0]].length)) {
      const element = frameElement(group, box);
      shown.frameElements.set(`g${group}`, element);
      shown.layers[0].append(element);
    }
    for (const line of shown.lines) {
      const across = line.points.map(([x]) => x),
        down = line.points.map(([, y]) => y);
      Object.assign(line, { x: Math.min(...across), y: Math.min(...down) });
      Object.assign(line, { width: Math.max(...across) - line.x, height: Math.max(...down) - line.y });
    }
    world.replaceChildren(...shown.layers);
    look();
  }

  /** Put into the document what is in view, or all of it, and take out the rest. */
  function cull(all = shown.boxes.size <= FEW) {
    const margin = 80 / view.scale,
      left = -view.x / view.scale - margin,
      top = -view.y / view.scale - margin;
    const right = left + size.width / view.scale + 2 * margin,
      bottom = top + size.height / view.scale + 2 * margin;
    const inside = (box) =>
      all || (box.x < right && box.x + box.width > left && box.y < bottom && box.y + box.height > top);
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
      if (inside(box) === Boolean(element) || (element === document.activeElement && element)) continue;
      if (element) {
        element.remove();
        shown.elements.delete(key);
      } else {
        const fresh =
          key[0] === "n" ? nodeElement(Number(key.slice(1)), box) : foldedElement(Number(key.slice(1)), box);
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
    const bar = svg("g", {
      class: "bar",
      tabindex: "-1",
      role: "button",
      "aria-expanded": "true",
      "data-key": `g${group}`,
      "aria-label": `${heading}, open. Enter folds it.`,
    });
    bar.append(
      svg("rect", { class: "hit", width: box.width, height: HEADER - 6, rx: 8 }),
      sign(14, 12, false),
      Object.assign(svg("text", { x: 26, y: 16 }), { textContent: heading }),
    );
    element.append(bar);
    return element;
  }

  /** Return the sign that folds (−) or unfolds (+). */
  function sign(x, y, plus) {
    const lines = plus ? `M${x - 3} ${y}h6M${x} ${y - 3}v6` : `M${x - 3} ${y}h6`;
    return svg("g", { class: "sign" }, svg("circle", { cx: x, cy: y, r: 6.5 }), svg("path", { d: lines }));
  }

  const boxElement = (kind, box, key, more) =>
    svg("g", { class: kind, transform: at(box), tabindex: "-1", role: "button", "data-key": key, ...more });

  function foldedElement(group, box) {
    const lines = texts.group(groups[group]);
    const said = `${lines.join(", ")}, folded. Enter unfolds it.`;
    const element = boxElement("box folded", box, `g${group}`, { "aria-expanded": "false", "aria-label": said });
    element.append(
      svg("rect", { class: "behind", x: 4, y: 4, width: box.width, height: box.height, rx: 8 }),
      svg("rect", { class: "body", width: box.width, height: box.height, rx: 8 }),
      sign(16, 16, true),
    );
    lines.forEach((text, i) => element.append(line(text, box.width / 2 + 8, 20 + 14 * i, i ? "small" : "strong")));
    return element;
  }

  const line = (text, x, y, style) => Object.assign(svg("text", { x, y, class: style }), { textContent: text });

  function nodeElement(i, box) {
    const node = nodes[i],
      { heading, small, places } = texts.lines(node);
    const kind = [node.kind === "fold" ? "folded" : node.kind, node.output ? "output" : "", node.change].join(" ");
    const element = boxElement(`box ${kind}`, box, `n${i}`);
    if (node.kind === "fold")
      element.append(svg("rect", { class: "body behind", x: 4, y: 4, width: box.width, height: box.height, rx: 8 }));
    element.append(outline(node, box), line(heading, box.width / 2, 17, "strong"));
    small.forEach((text, k) => element.append(line(text, box.width / 2, 31 + 14 * k, "small")));
    for (let k = 0; k < places; k++)
      element.append(line("", box.width / 2, 31 + 14 * (small.length + k), k ? "gradient" : "value"));
    return element;
  }

  function outline(node, { width, height }) {
    if (node.kind === "argument") {
      return svg("path", {
        class: "body",
        d: `M10 0H${width - 10}L${width} ${height / 2}L${width - 10} ${height}H10L0 ${height / 2}Z`,
      });
    }
    const rx =
      { leaf: Math.min(height / 2, 22), parameter: Math.min(height / 2, 22), constant: 2, note: 0 }[node.kind] ?? 7;
    return svg("rect", { class: "body", width, height, rx });
  }

  function lineElement(link) {
    const element = svg("g", { class: `line ${link.edges.length === 1 ? edges[link.edges[0]].change : ""}` });
    if (!link.points.length) return element;
    const [x, y] = link.points[link.points.length - 1],
      [u, v] = link.points[0],
      up = y < v && link.points.length === 2;
    element.append(svg("path", { class: "wire", d: layout.path(link.points) }));
    element.append(svg("path", { class: "ahead", d: up ? `M${x} ${y}l-4 7h8z` : `M${x} ${y}l-4 -7h8z` }));
    if (link.reference) {
      const { x: cx, y: cy, width } = link.reference;
      const key = link.tail;
      const text = nodeLabel(link);
      element.append(
        svg(
          "g",
          { class: "reference", "data-go": key, role: "link", "aria-label": `from ${text}` },
          svg("rect", { x: cx - width / 2, y: cy - 9, width, height: 18, rx: 9 }),
          line(text, cx, cy + 4, "small"),
        ),
      );
    } else element.append(svg("path", { class: "back", d: `M${u} ${v}l-4 7h8z` }));
    const labels =
      link.edges.length === 1 ? (link.head[0] === "n" ? edges[link.edges[0]].argument : "") : `×${link.edges.length}`;
    if (labels) element.append(line(labels, x + 7, y - 10, "argument-name"));
    element.append(line("", (u + link.points[1][0]) / 2 + 8, (v + link.points[1][1]) / 2 + 4, "flow"));
    return element;
  }

  // Pan and zoom

  function look() {
    world.setAttribute(
      "transform",
      `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.scale.toFixed(4)})`,
    );
    cull();
  }

  function zoom(factor, x = size.width / 2, y = size.height / 2) {
    const scale = Math.min(4, Math.max(0.02, view.scale * factor)),
      ratio = scale / view.scale;
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
    const margin = 24,
      across = (size.width - 2 * margin) / shown.width,
      down = (size.height - 2 * margin) / shown.height;
    const whole = Math.min(1.4, across, down);
    view.scale = whole < 0.75 * least ? least : whole;
    view.x = (size.width - shown.width * view.scale) / 2;
    view.y = Math.max(margin, (size.height - shown.height * view.scale) / 2);
    if (view.scale > down) view.y = margin;
    if (view.scale > across) {
      // wider than there is room for: around the first box
      const [box] = [...shown.boxes.values()].sort(
        (a, b) => a.y - b.y || Math.abs(a.x - shown.width / 2) - Math.abs(b.x - shown.width / 2),
      );
      view.x = size.width / 2 - (box.x + box.width / 2) * view.scale;
    }
    look();
  }

  const placeOf = (key) => shown.boxes.get(key) ?? shown.frames.get(Number(key.slice(1)));

  /** Bring a box into view if it is not, and to the middle if asked to. */
  function reveal(key, middle = false) {
    const box = placeOf(key);
    if (!box) return;
    const left = view.x + box.x * view.scale,
      top = view.y + box.y * view.scale;
    const right = left + box.width * view.scale,
      bottom = top + box.height * view.scale,
      edge = 30;
    const inside = left >= edge && top >= edge && right <= size.width - edge && bottom <= size.height - edge;
    if (inside && !middle) return;
    if (middle && view.scale < 0.6) {
      // too small to be read
      view.scale = 0.9;
      Object.assign(view, {
        x: size.width / 2 - (box.x + box.width / 2) * 0.9,
        y: size.height / 2 - (box.y + box.height / 2) * 0.9,
      });
      look();
      return;
    }
    pan(size.width / 2 - (left + right) / 2, size.height / 2 - (top + bottom) / 2);
  }

  /** Fold or unfold a group and keep it where it is on the screen, or as much of it as there is room for. */
  function toggle(group, fold = !folded.has(group)) {
    const before = placeOf(`g${group}`),
      middle = before ? view.x + (before.x + before.width / 2) * view.scale : 0;
    const top = before ? view.y + before.y * view.scale : 0;
    if (fold) folded.add(group);
    else folded.delete(group);
    draw();
    const after = placeOf(`g${group}`);
    if (before && after) {
      const width = after.width * view.scale,
        height = after.height * view.scale,
        edge = 16;
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
    draw,
    fit,
    zoom,
    pan,
    look,
    cull,
    reveal,
    toggle,
    toggleAll,
    expose,
    boxOf,
    placeOf,
    folded,
    svg,
    get shown() {
      return shown;
    },
  };
};
