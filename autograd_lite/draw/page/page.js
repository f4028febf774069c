"use strict";
/* The page: marks in the drawing, the stepper, folding, searching, the pointer and the keys. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { nodes, edges, groups, steps } = data;
  const { html, short, symbolText } = mathematics;
  const by = (id) => document.getElementById(id);
  const stage = by("graph");
  const { about: aboutBox, arrived, headingOf, progress, texts } = panel(data);
  const drawing = graph(data, stage, by("world"), texts, () => mark());
  const state = { at: steps.length, chosen: null, playing: 0, found: [], hit: -1 };
  const HINT =
    "Point at a box, or move to it with the keys, to see its value, its gradient and its derivative rule. " +
    "▶ steps through the sweep.";

  // The panel

  const describe = (key) =>
    by("details").replaceChildren(...(key ? aboutBox(key) : [html("p", { class: "hint" }, HINT)]));

  function tell() {
    const box = by("step"),
      { where, heading, parts, said, phase } = progress(state.at);
    Object.assign(box.dataset, { at: state.at, phase });
    if (!steps.length) {
      box.replaceChildren(html("p", { class: "hint" }, "Nothing to step through."));
      return;
    }
    box.replaceChildren(html("p", { class: "where" }, where), html("h2", {}, heading), ...parts);
    by("said").textContent = said;
    by("slider").setAttribute("aria-valuetext", `${where}: ${heading}`);
  }

  // The drawing follows

  /** Return the nodes and the edge that a step is about. */
  function about(step) {
    if (!step) return { nodes: [] };
    if (step.phase === "backward")
      return { edge: step.edge, nodes: [edges[step.edge].head, edges[step.edge].tail], to: edges[step.edge].tail };
    return { nodes: [step.node], to: step.node, lit: step.phase === "forward" ? nodes[step.node].into : [] };
  }

  function mark() {
    const { at } = state,
      step = at < steps.length || state.stepping ? steps[at - 1] : undefined,
      now = about(step);
    const backward = step && step.phase !== "forward";
    const current = new Set(now.nodes.map(drawing.boxOf)),
      target = now.to === undefined ? "" : drawing.boxOf(now.to);
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
    const known = node.evaluated === undefined || node.evaluated < at,
      cotangent = arrived(node, at);
    element.classList.toggle("future", !known);
    const lines = [];
    if (node.value) lines.push(known ? short(node.value) : "·");
    if (node.totals.length) lines.push(cotangent ? `∂ ${cotangent.total ? short(cotangent.total) : "…"}` : "·");
    const places = element.querySelectorAll(".value, .gradient");
    places.forEach((place, i) => {
      if (place.textContent !== (lines[i] ?? "")) place.textContent = lines[i] ?? "";
      place.classList.toggle("isgradient", !node.value || i === 1);
    });
    const value = known && node.value ? `, value ${short(node.value)}` : "",
      gradient = cotangent?.total ? `, gradient ${short(cotangent.total)}` : "";
    const said = headingOf(node) + value + gradient;
    if (element.getAttribute("aria-label") !== said) element.setAttribute("aria-label", said);
  }

  function wire(one, now, step, backward, at) {
    const list = one.element.classList,
      current = now.edge !== undefined && one.edges.includes(now.edge);
    const chosen = state.chosen && state.chosen[0] === "n" && (one.tail === state.chosen || one.head === state.chosen);
    list.toggle("current", current || (now.lit || []).some((edge) => one.edges.includes(edge)));
    list.toggle("backward", Boolean(backward) && current);
    list.toggle(
      "future",
      one.edges.every((edge) => nodes[edges[edge].head].evaluated >= at),
    );
    const flow = one.element.querySelector(".flow");
    if (!flow || one.edges.length > 1) return;
    // The terms of the sum that is growing stay visible, and those of the chosen box.
    const edge = edges[one.edges[0]],
      sent = edge.sent !== undefined && edge.sent < at;
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
      if (state.at >= steps.length) {
        play(false);
        return;
      }
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

  const elementOf = (key) =>
    key && (drawing.shown.elements.get(key) ?? drawing.shown.frameElements.get(key)?.querySelector(".bar"));

  function toggle(key) {
    if (!key || key[0] !== "g") return;
    const group = Number(key.slice(1)),
      fold = !drawing.folded.has(group);
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
    const matches = (node) =>
      [node.name, node.op, symbolText(node), node.kind].some((text) => text.toLowerCase().includes(words));
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
    const from = drawing.placeOf(key),
      middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
    if (!from) return;
    const [x, y] = middle(from),
      linked = new Set();
    for (const one of drawing.shown.lines) {
      if (dy > 0 && one.tail === key) linked.add(one.head);
      if (dy < 0 && one.head === key) linked.add(one.tail);
    }
    let best = null,
      least = Infinity;
    for (const [other, box] of drawing.shown.boxes) {
      const [u, v] = middle(box),
        along = (u - x) * dx + (v - y) * dy,
        across = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
      if (other === key || along < 4) continue;
      const cost = along + 2 * across - (linked.has(other) ? 1e5 : 0);
      if (cost < least) {
        least = cost;
        best = other;
      }
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
    const [x, y] = [event.clientX, event.clientY],
      others = [...pointers].filter(([id]) => id !== event.pointerId);
    moved += Math.hypot(x - last[0], y - last[1]);
    if (others.length) {
      const [, [u, v]] = others[0],
        frame = stage.getBoundingClientRect();
      drawing.zoom(
        Math.hypot(x - u, y - v) / Math.max(1, Math.hypot(last[0] - u, last[1] - v)),
        (x + u) / 2 - frame.left,
        (y + v) / 2 - frame.top,
      );
    } else if (moved > 4) {
      stage.setPointerCapture(event.pointerId);
      drawing.pan(x - last[0], y - last[1]);
    }
    pointers.set(event.pointerId, [x, y]);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    stage.addEventListener(name, (event) => {
      if (name !== "pointerleave" || !stage.hasPointerCapture(event.pointerId)) pointers.delete(event.pointerId);
    });
  }
  stage.addEventListener("click", (event) => {
    if (moved > 4) return;
    const reference = event.target.closest?.("[data-go]");
    if (reference) {
      choose(reference.dataset.go);
      drawing.reveal(reference.dataset.go, true);
      return;
    }
    const key = keyAt(event);
    if (key && (event.target.closest(".sign, .bar") || event.detail === 2)) toggle(key);
    else choose(key ?? null, Boolean(key));
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const frame = stage.getBoundingClientRect();
      drawing.zoom(
        Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)),
        event.clientX - frame.left,
        event.clientY - frame.top,
      );
    },
    { passive: false },
  );
  stage.addEventListener("focusin", (event) => {
    const key = keyAt(event);
    if (key && key !== state.chosen) choose(key);
  });

  // Keys

  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const KEYS = {
    n: () => step(1),
    b: () => step(-1),
    " ": () => play(),
    "+": () => drawing.zoom(1.25),
    "=": () => drawing.zoom(1.25),
    "-": () => drawing.zoom(0.8),
    0: () => drawing.fit(),
    "/": () => by("search").focus(),
    "?": () => by("help").showModal(),
    f: () => toggle(state.chosen),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || by("help").open) return;
    const { target, key } = event,
      typing = target.matches("input, select, textarea");
    if (typing) {
      if (target.id === "search" && key === "Enter") nextHit(event.shiftKey ? -1 : 1);
      if (target.id === "search" && key === "Escape") {
        target.value = "";
        search();
        stage.focus();
      }
      return;
    }
    if (stage.contains(target)) {
      const at = target.dataset.key;
      if (ARROWS[key]) {
        const [dx, dy] = ARROWS[key];
        if (at) walk(at, dx, dy);
        else drawing.pan(-60 * dx, -60 * dy);
        event.preventDefault();
        return;
      }
      if (key === "Enter") {
        if (at) toggle(at);
        else choose(drawing.shown.elements.keys().next().value, true);
        event.preventDefault();
        return;
      }
      if (key === "Escape") {
        choose(null);
        stage.focus();
        return;
      }
    }
    if (key === " " && target.matches("button, summary, a")) return;
    if (Object.hasOwn(KEYS, key)) {
      KEYS[key]();
      event.preventDefault();
    }
  });

  const buttons = {
    first: () => {
      play(false);
      go(0);
    },
    back: () => step(-1),
    play: () => play(),
    next: () => step(1),
    last: () => {
      play(false);
      go(steps.length);
    },
    fit: () => drawing.fit(),
    in: () => drawing.zoom(1.25),
    out: () => drawing.zoom(0.8),
    keys: () => by("help").showModal(),
    close: () => by("help").close(),
    fold: () => {
      drawing.toggleAll(true);
      redrawn();
    },
    unfold: () => {
      drawing.toggleAll(false);
      redrawn();
    },
  };
  for (const [id, act] of Object.entries(buttons)) by(id).addEventListener("click", act);
  by("search").addEventListener("input", search);
  by("slider").addEventListener("input", () => {
    play(false);
    go(Number(by("slider").value));
  });

  // Begin

  by("title").textContent = data.title;
  document.title = data.title;
  by("summary").textContent = data.summary;
  data.notes.forEach((note) => by("notes").append(html("p", {}, note)));
  by("slider").max = steps.length;
  by("fold").hidden = by("unfold").hidden = !groups.length;
  drawing.draw();
  redrawn();
  drawing.fit(0.85);
  go(steps.length, false);
  state.stepping = false;
  mark();
  describe(null);
  addEventListener("beforeprint", () => {
    const { width, height } = drawing.shown;
    stage.setAttribute("viewBox", `-10 -10 ${width + 20} ${height + 20}`);
    drawing.cull(true);
    by("world").removeAttribute("transform");
  });
  addEventListener("afterprint", () => {
    stage.removeAttribute("viewBox");
    drawing.look();
  });
  document.documentElement.dataset.ready = "yes";
})();
