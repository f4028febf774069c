"use strict";
/* The page: what boxes say, the panel beside them, the stepper, the search, and the keys. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { nodes, edges, groups, steps, formulas } = data;
  const { cut, formula, html, line, math, numbers, partial, rounded, shaped, short, symbol, symbolText } = mathematics;
  const by = (id) => document.getElementById(id);
  const stage = by("graph"), calm = matchMedia("(prefers-reduced-motion: reduce)");
  nodes.forEach((node) => { node.into = []; node.outOf = []; node.totals = []; });
  edges.forEach((edge, i) => { nodes[edge.head].into.push(i); nodes[edge.tail].outOf.push(i); });
  steps.forEach((step, i) => {
    if (step.phase === "forward") nodes[step.node].evaluated = i;
    else nodes[step.phase === "backward" ? edges[step.edge].tail : step.node].totals.push([i, step]);
  });
  const state = { at: steps.length, chosen: null, playing: 0, found: [], hit: -1 };

  // What boxes say

  const outputs = nodes.filter((node) => node.output);
  const whole = () => (outputs.length === 1 && outputs[0].name ? symbol(outputs[0]) : math("mi", "L"));
  const wholeText = outputs.length === 1 && outputs[0].name ? cut(outputs[0].name, 24) : "L";
  const kindText = { leaf: "leaf", parameter: "parameter", constant: "constant", argument: "argument", part: "output", note: "note", operation: "operation", fold: "operations in one box" };
  const isOperation = (node) => ["operation", "part", "fold"].includes(node.kind);
  const headingOf = (node) => (isOperation(node) ? `${symbolText(node)} = ${cut(node.op, 28)}` : node.kind === "note" ? node.op : symbolText(node));

  const texts = {
    lines: (node) => ({
      heading: headingOf(node),
      reference: symbolText(node),
      small: node.kind === "note" ? [] : [...node.detail.map((text) => cut(text, 36)), [node.shape ? shaped(node.shape) : "", node.brief].filter(Boolean).join(" · ")].filter(Boolean),
      places: (node.value ? 1 : 0) + (node.totals.length ? 1 : 0),
      live: [short(node.value), ...node.totals.map(([, step]) => `∂ ${short(step.total)}`)],
    }),
    group: (group) => [
      [group.name, group.title].filter(Boolean).map((text) => cut(text, 32)).join(" · ") + (group.count > 1 ? ` × ${group.count.toLocaleString("en")}` : ""),
      `${group.operations.toLocaleString("en")} operation${group.operations === 1 ? "" : "s"}`,
    ],
  };
  const drawing = graph(data, stage, by("world"), texts, () => mark());

  /** Return the last of a node's cotangents so far: the step that made it, or undefined. */
  function arrived(node, at) {
    let last;
    for (const [i, step] of node.totals) if (i < at) last = step;
    return last;
  }

  // The panel: one node

  const entry = (list, term, ...values) => list.append(html("dt", {}, term), html("dd", {}, ...values));

  function describe(key) {
    const box = by("details");
    if (!key) {
      box.replaceChildren(html("p", { class: "hint" }, "Point at a box, or move to it with the keys, to see its value, its gradient and its derivative rule. ▶ steps through the sweep."));
      return;
    }
    const index = Number(key.slice(1));
    box.replaceChildren(...(key[0] === "g" ? aboutGroup(groups[index], index) : aboutNode(nodes[index])));
  }

  function aboutGroup(group, index) {
    const [heading, size] = texts.group(group), list = html("dl");
    entry(list, "holds", size);
    const counts = new Map();
    for (const node of nodes) if (isOperation(node) && within(node.group, index)) counts.set(node.op, (counts.get(node.op) || 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([op, n]) => `${cut(op, 24)} × ${n}`);
    entry(list, "mostly", most.join(", "));
    return [html("h3", {}, heading), list];
  }

  function within(group, index) {
    for (let at = group; at >= 0; at = groups[at].parent) if (at === index) return true;
    return false;
  }

  function aboutNode(node) {
    const list = html("dl");
    if (node.shape) entry(list, "shape, dtype", `${shaped(node.shape)}, ${node.dtype}`);
    if (node.keywords) entry(list, "with", node.keywords);
    if (node.value) entry(list, "value", numbers(node.value, "node-value"));
    if (node.cotangent) entry(list, "gradient", numbers(node.cotangent, "node-gradient"));
    if (node.origin) entry(list, "recorded at", html("code", {}, node.origin));
    const parts = [html("h3", {}, `${headingOf(node)}`, html("small", {}, ` ${kindText[node.kind] ?? node.kind}${node.output ? ", output" : ""}`)), list];
    if (node.formula >= 0) parts.splice(1, 0, line(...evaluated(node)));
    for (const i of node.into) {
      if (edges[i].rule >= 0) parts.push(html("p", { class: "caption" }, "sends back to ", symbolText(nodes[edges[i].tail])), line(...rule(edges[i])));
    }
    return parts;
  }

  // Formulas

  /** Return what stands for an operand in a formula: a symbol, or the number itself of a constant scalar. */
  function operand(node, name) {
    for (const i of node.into) {
      const { tail, operand: called } = edges[i];
      if (called !== name) continue;
      const constant = nodes[tail].kind === "constant" && nodes[tail].value?.data && !nodes[tail].shape.length && !nodes[tail].name;
      return constant ? math("mn", rounded(nodes[tail].value.data[0])) : symbol(nodes[tail]);
    }
    if (name in node.scalars) return math("mn", String(node.scalars[name]).replace("-", "−"));
    return math("mi", name);
  }

  const filled = (node) => (tree) => {
    if (tree[0] === "g") return partial(whole(), symbol(node));
    return tree[0] === "out" ? symbol(node) : operand(node, tree[1]);
  };
  const evaluated = (node) => [symbol(node), "=", formula(formulas[node.formula], filled(node))];
  const rule = (edge) => [partial(whole(), symbol(nodes[edge.tail])), "←", formula(formulas[edge.rule], filled(nodes[edge.head]))];

  // The panel: one step

  const label = (...parts) => html("p", { class: "caption" }, ...parts);

  const STEPS = {
    forward(step) {
      const node = nodes[step.node], parts = [];
      if (isOperation(node)) {
        if (node.kind !== "fold") parts.push(line(...(node.formula >= 0 ? evaluated(node) : [symbol(node), "=", math("mtext", node.op)])));
        const inputs = [...new Set(node.into.map((i) => edges[i].tail))].filter((i) => nodes[i].kind !== "note");
        for (const i of inputs) parts.push(equal(symbol(nodes[i]), nodes[i].value, "input"));
        parts.push(html("hr"));
      }
      parts.push(equal(symbol(node), node.value, "value"));
      const name = symbolText(node), said = node.value ? `${name} is ${short(node.value)}` : `${name} is evaluated; its value was not kept`;
      return [isOperation(node) ? `${cut(node.op, 28)} gives ${name}` : `${name} is given`, parts, said];
    },
    seed(step) {
      const node = nodes[step.node], scalar = node.shape && !node.shape.length && outputs.length === 1;
      const why = scalar ? "The sweep starts from the derivative of the output with respect to itself." : `The sweep starts from ones: ${wholeText} is the sum of all elements of ${outputs.length > 1 ? "all outputs" : "the output"}.`;
      return [`Start at ${symbolText(node)}`, [html("p", {}, why), equal(partial(whole(), symbol(node)), step.total, "total")], `the cotangent of ${symbolText(node)} is ${short(step.total)}`];
    },
    backward(step) {
      const edge = edges[step.edge], tail = nodes[edge.tail], head = nodes[edge.head];
      const parts = [];
      if (edge.rule >= 0) parts.push(line(...rule(edge)));
      parts.push(label("what has arrived"), equal(partial(whole(), symbol(head)), head.cotangent, "cotangent"));
      if (edge.slope) parts.push(label("times the local derivative"), equal(partial(symbol(head), symbol(tail)), edge.slope, "slope"));
      parts.push(label(edge.slope ? "gives" : "goes through the rule and gives"));
      if (step.of > 1) parts.push(numbers(edge.flow, "contribution"), html("hr"));
      parts.push(...added(step, edge, tail));
      const name = symbolText(tail), sum = step.term > 1 ? `, added to what is there: ${step.total ? short(step.total) : "one more term"}` : "";
      return [`${symbolText(head)} → ${name}`, parts, `back through ${cut(head.op, 28)} to ${name}: ${short(edge.flow)}${sum}`];
    },
    elsewhere(step) {
      const node = nodes[step.node];
      const why = data.hidden ? "Operations that are not shown one by one contribute too." : "A hook has replaced the sum.";
      return [`The rest for ${symbolText(node)}`, [html("p", {}, why), equal(partial(whole(), symbol(node)), step.total, "total")], `${symbolText(node)}: ${short(step.total)}`];
    },
  };

  const equal = (left, value, role) => html("div", { class: "equation" }, line(left, "="), numbers(value, role));

  /** Return the sum that a node's cotangent is so far, term by term where paths meet. */
  function added(step, edge, tail) {
    const parts = [];
    const left = partial(whole(), symbol(tail));
    if (step.of > 1) parts.push(label(`adds up: path ${step.term} of ${step.of} to `, symbolText(tail)));
    const before = tail.totals.filter(([, other]) => other.phase === "backward" && other.term < step.term).map(([, other]) => edges[other.edge].flow);
    if (before.length && before.length < 4) {
      const terms = html("div", { class: "equation terms" }, line(left, "="));
      before.forEach((flow) => terms.append(numbers(flow, "earlier"), html("span", { class: "plus" }, "+")));
      terms.append(html("b", {}, numbers(edge.flow, "")));
      parts.push(terms);
    }
    const total = step.total ? numbers(step.total, "total") : html("span", { class: "numbers" }, html("i", {}, `a sum of ${step.term} of ${step.of} terms`));
    const sum = before.length && before.length < 4 ? html("span", { class: "equals" }, "=") : line(left.cloneNode(true), "=");
    parts.push(html("div", { class: "equation" }, sum, total));
    return parts;
  }

  const PHASES = { forward: "Forward", seed: "Backward", backward: "Backward", elsewhere: "Backward" };

  function tell() {
    const step = steps[state.at - 1], box = by("step");
    box.dataset.at = state.at;
    if (!steps.length) {
      box.replaceChildren(html("p", { class: "hint" }, "Nothing to step through."));
      return;
    }
    const overview = () => ["Nothing is computed yet", [html("p", { class: "hint" }, "Each step forward evaluates an operation; then each step backward sends a cotangent along an edge, times the local derivative, and adds it up where paths meet.")], "before the first step"];
    const [heading, parts, said] = step ? STEPS[step.phase](step) : overview();
    const where = step ? `${PHASES[step.phase]}, step ${state.at} of ${steps.length}` : `Step 0 of ${steps.length}`;
    box.dataset.phase = step ? step.phase : "";
    box.replaceChildren(html("p", { class: "where" }, where), html("h2", {}, heading), ...parts);
    by("said").textContent = `${where}: ${said}.`;
    by("slider").setAttribute("aria-valuetext", `${where}: ${heading}`);
  }

  // The drawing follows

  /** Return the nodes and the edge that a step is about. */
  function about(step) {
    if (!step) return { nodes: [] };
    if (step.phase === "backward") return { edge: step.edge, nodes: [edges[step.edge].head, edges[step.edge].tail], to: edges[step.edge].tail };
    return { nodes: [step.node], to: step.node, lit: step.phase === "forward" ? nodes[step.node].into : [] };
  }

  function mark() {
    const { at } = state, step = at < steps.length || state.stepping ? steps[at - 1] : undefined, now = about(step);
    const backward = step && step.phase !== "forward";
    const current = new Set(now.nodes.map(drawing.boxOf)), target = now.to === undefined ? "" : drawing.boxOf(now.to);
    const hits = new Set(state.found.map((i) => drawing.boxOf(i)));
    for (const [key, element] of drawing.shown.elements) {
      const list = element.classList;
      list.toggle("current", current.has(key));
      list.toggle("target", key === target);
      list.toggle("backward", Boolean(backward));
      list.toggle("hit", hits.has(key));
      list.toggle("chosen", key === state.chosen);
      if (key[0] === "n") fill(element, nodes[Number(key.slice(1))], at);
    }
    for (const [key, element] of drawing.shown.frameElements) element.classList.toggle("chosen", key === state.chosen);
    for (const one of drawing.shown.wires) wire(one, now, step, backward, at);
  }

  function fill(element, node, at) {
    const known = node.evaluated === undefined || node.evaluated < at, cotangent = arrived(node, at);
    element.classList.toggle("future", !known);
    const lines = [node.value ? (known ? short(node.value) : "·") : null, node.totals.length ? (cotangent ? `∂ ${cotangent.total ? short(cotangent.total) : "…"}` : "·") : null].filter((text) => text !== null);
    const places = element.querySelectorAll(".value, .gradient");
    places.forEach((place, i) => {
      if (place.textContent !== (lines[i] ?? "")) place.textContent = lines[i] ?? "";
      place.classList.toggle("isgradient", !node.value || i === 1);
    });
    const value = known && node.value ? `, value ${short(node.value)}` : "", gradient = cotangent?.total ? `, gradient ${short(cotangent.total)}` : "";
    const said = headingOf(node) + value + gradient;
    if (element.getAttribute("aria-label") !== said) element.setAttribute("aria-label", said);
  }

  function wire(one, now, step, backward, at) {
    const list = one.element.classList, current = now.edge !== undefined && one.edges.includes(now.edge);
    const chosen = state.chosen && state.chosen[0] === "n" && (one.tail === state.chosen || one.head === state.chosen);
    list.toggle("current", current || (now.lit || []).some((edge) => one.edges.includes(edge)));
    list.toggle("backward", Boolean(backward) && current);
    list.toggle("future", one.edges.every((edge) => nodes[edges[edge].head].evaluated >= at));
    const flow = one.element.querySelector(".flow");
    if (!flow || one.edges.length > 1) return;
    // The terms of the sum that is growing stay visible, and those of the chosen box.
    const edge = edges[one.edges[0]], sent = edge.sent !== undefined && edge.sent < at;
    const joins = step && step.phase === "backward" && edge.tail === edges[step.edge].tail;
    const told = sent && edge.flow && (current || joins || chosen) ? `+ ${short(edge.flow)}` : "";
    if (flow.textContent !== told) flow.textContent = told;
  }

  // The stepper

  function go(at, follow = true) {
    state.at = Math.max(0, Math.min(steps.length, at));
    state.stepping = true;
    by("slider").value = state.at;
    by("counter").textContent = `${state.at} / ${steps.length}`;
    by("back").disabled = by("first").disabled = state.at === 0;
    by("next").disabled = by("last").disabled = state.at === steps.length;
    tell();
    mark();
    if (follow && state.at) {
      const { nodes: seen } = about(steps[state.at - 1]);
      seen.forEach((node) => drawing.reveal(drawing.boxOf(node)));
    }
  }

  function play(on = !state.playing) {
    clearTimeout(state.playing);
    state.playing = 0;
    by("play").setAttribute("aria-label", on ? "Pause" : "Play");
    by("play").classList.toggle("on", on);
    if (!on) return;
    if (state.at >= steps.length) go(0);
    const tick = () => {
      if (state.at >= steps.length) { play(false); return; }
      go(state.at + 1);
      state.playing = setTimeout(tick, 1000 / Number(by("speed").value));
    };
    state.playing = setTimeout(tick, 1000 / Number(by("speed").value));
  }

  function step(by) {
    play(false);
    go(state.at + by);
  }

  // Choosing, folding, searching

  function choose(key, focus = false) {
    state.chosen = key;
    describe(key);
    if (key && focus) drawing.reveal(key);
    mark();
    const element = elementOf(key);
    if (!focus || !element) return;
    stage.querySelectorAll("[data-key][tabindex='0']").forEach((other) => other.setAttribute("tabindex", "-1"));
    element.setAttribute("tabindex", "0");
    element.focus({ preventScroll: true });
  }

  const elementOf = (key) => key && (drawing.shown.elements.get(key) ?? drawing.shown.frameElements.get(key)?.querySelector(".bar"));

  function toggle(key) {
    if (!key || key[0] !== "g") return;
    const group = Number(key.slice(1)), fold = !drawing.folded.has(group);
    drawing.toggle(group, fold);
    redrawn();
    choose(key, true);
    by("said").textContent = `${texts.group(groups[group])[0]} ${fold ? "folded" : "unfolded"}.`;
  }

  function redrawn() {
    const first = drawing.shown.elements.values().next().value;
    if (first) first.setAttribute("tabindex", "0");
    mark();
  }

  function search() {
    const words = by("search").value.trim().toLowerCase();
    const matches = (node) => [node.name, node.op, symbolText(node), node.kind].some((text) => text.toLowerCase().includes(words));
    state.found = words ? nodes.flatMap((node, i) => (node.kind !== "note" && matches(node) ? [i] : [])) : [];
    state.hit = -1;
    by("found").textContent = words ? `${state.found.length} found` : "";
    mark();
  }

  function nextHit(by_) {
    if (!state.found.length) return;
    state.hit = (state.hit + by_ + state.found.length) % state.found.length;
    const node = state.found[state.hit];
    if (drawing.expose(node)) redrawn();
    drawing.reveal(`n${node}`, true);
    choose(`n${node}`);
    by("found").textContent = `${state.hit + 1} of ${state.found.length}`;
    by("said").textContent = `${headingOf(nodes[node])}, ${state.hit + 1} of ${state.found.length}.`;
  }

  /** Move the focus to the nearest box in a direction. */
  function walk(key, dx, dy) {
    const from = drawing.placeOf(key), middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
    if (!from) return;
    const [x, y] = middle(from), linked = new Set(drawing.shown.lines.flatMap((one) => (dy > 0 && one.tail === key ? [one.head] : dy < 0 && one.head === key ? [one.tail] : [])));
    let best = null, least = Infinity;
    for (const [other, box] of drawing.shown.boxes) {
      const [u, v] = middle(box), along = (u - x) * dx + (v - y) * dy, across = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
      if (other === key || along < 4) continue;
      const cost = along + 2 * across - (linked.has(other) ? 1e5 : 0);
      if (cost < least) { least = cost; best = other; }
    }
    if (best) choose(best, true);
  }

  // Pointer

  const keyAt = (event) => event.target.closest?.("[data-key]")?.dataset.key;
  const pointers = new Map();
  let moved = 0;

  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) {
      const key = keyAt(event);
      if (key && key !== state.hovered) describe(key);
      if (!key && state.hovered) describe(state.chosen);
      state.hovered = key;
      return;
    }
    const [x, y] = [event.clientX, event.clientY], others = [...pointers].filter(([id]) => id !== event.pointerId);
    moved += Math.hypot(x - last[0], y - last[1]);
    if (others.length) {
      const [, [u, v]] = others[0], frame = stage.getBoundingClientRect();
      drawing.zoom(Math.hypot(x - u, y - v) / Math.max(1, Math.hypot(last[0] - u, last[1] - v)), (x + u) / 2 - frame.left, (y + v) / 2 - frame.top);
    } else if (moved > 4) {
      stage.setPointerCapture(event.pointerId);
      drawing.pan(x - last[0], y - last[1]);
    }
    pointers.set(event.pointerId, [x, y]);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    stage.addEventListener(name, (event) => { if (name !== "pointerleave" || !stage.hasPointerCapture(event.pointerId)) pointers.delete(event.pointerId); });
  }
  stage.addEventListener("click", (event) => {
    if (moved > 4) return;
    const reference = event.target.closest?.("[data-go]");
    if (reference) { choose(reference.dataset.go); drawing.reveal(reference.dataset.go, true); return; }
    const key = keyAt(event);
    if (key && (event.target.closest(".sign, .bar") || event.detail === 2)) toggle(key);
    else choose(key ?? null, Boolean(key));
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const frame = stage.getBoundingClientRect();
    drawing.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });
  stage.addEventListener("focusin", (event) => {
    const key = keyAt(event);
    if (key && key !== state.chosen) choose(key);
  });

  // Keys

  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const KEYS = {
    n: () => step(1), b: () => step(-1), " ": () => play(), "+": () => drawing.zoom(1.25), "=": () => drawing.zoom(1.25), "-": () => drawing.zoom(0.8),
    0: () => drawing.fit(), "/": () => by("search").focus(), "?": () => by("help").showModal(), f: () => toggle(state.chosen),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || by("help").open) return;
    const { target, key } = event, typing = target.matches("input, select, textarea");
    if (typing) {
      if (target.id === "search" && key === "Enter") nextHit(event.shiftKey ? -1 : 1);
      if (target.id === "search" && key === "Escape") { target.value = ""; search(); stage.focus(); }
      return;
    }
    if (stage.contains(target)) {
      const at = target.dataset.key;
      if (ARROWS[key]) {
        const [dx, dy] = ARROWS[key];
        if (at) walk(at, dx, dy); else drawing.pan(-60 * dx, -60 * dy);
        event.preventDefault();
        return;
      }
      if (key === "Enter") {
        if (at) toggle(at); else choose(drawing.shown.elements.keys().next().value, true);
        event.preventDefault();
        return;
      }
      if (key === "Escape") { choose(null); stage.focus(); return; }
    }
    if (key === " " && target.matches("button, summary, a")) return;
    if (Object.hasOwn(KEYS, key)) {
      KEYS[key]();
      event.preventDefault();
    }
  });

  const buttons = {
    first: () => { play(false); go(0); }, back: () => step(-1), play: () => play(), next: () => step(1), last: () => { play(false); go(steps.length); },
    fit: () => drawing.fit(), in: () => drawing.zoom(1.25), out: () => drawing.zoom(0.8), keys: () => by("help").showModal(), close: () => by("help").close(),
    fold: () => { drawing.toggleAll(true); redrawn(); }, unfold: () => { drawing.toggleAll(false); redrawn(); },
  };
  for (const [id, act] of Object.entries(buttons)) by(id).addEventListener("click", act);
  by("search").addEventListener("input", search);
  by("slider").addEventListener("input", () => { play(false); go(Number(by("slider").value)); });

  // Begin

  steps.forEach((one, i) => { if (one.phase === "backward") edges[one.edge].sent = i; });
  by("title").textContent = data.title;
  document.title = data.title;
  by("summary").textContent = data.summary;
  data.notes.forEach((note) => by("notes").append(html("p", {}, note)));
  by("slider").max = steps.length;
  by("fold").hidden = by("unfold").hidden = !groups.length;
  document.documentElement.classList.toggle("calm", calm.matches);
  drawing.draw();
  redrawn();
  drawing.fit(0.85);
  go(steps.length, false);
  state.stepping = false;
  mark();
  describe(null);
  addEventListener("beforeprint", () => { state.view = stage.getAttribute("viewBox"); stage.setAttribute("viewBox", `-10 -10 ${drawing.shown.width + 20} ${drawing.shown.height + 20}`); drawing.cull(true); by("world").removeAttribute("transform"); });
  addEventListener("afterprint", () => { stage.removeAttribute("viewBox"); drawing.look(); });
  document.documentElement.dataset.ready = "yes";
})();
