"use strict";
/* What the page says: the lines of boxes, and in the panel beside them what is in a box and what a step does. */
const panel = (data) => {
  const { nodes, edges, groups, steps, formulas } = data;
  const { cut, formula, html, line, math, numbers, partial, rounded, shaped, short, symbol, symbolText } = mathematics;

  // For each node: the edges into it, the step that evaluates it, and those that add to its cotangent.
  nodes.forEach((node) => Object.assign(node, { into: [], totals: [] }));
  edges.forEach((edge, i) => nodes[edge.head].into.push(i));
  steps.forEach((step, i) => {
    if (step.phase === "forward") nodes[step.node].evaluated = i;
    else nodes[step.phase === "backward" ? edges[step.edge].tail : step.node].totals.push([i, step]);
    if (step.phase === "backward") edges[step.edge].sent = i;
  });

  // Boxes

  const outputs = nodes.filter((node) => node.output);
  const whole = () => (outputs.length === 1 && outputs[0].name ? symbol(outputs[0]) : math("mi", "L"));
  const wholeText = outputs.length === 1 && outputs[0].name ? cut(outputs[0].name, 24) : "L";
  const KINDS = { part: "one of several outputs", fold: "operations in one box" };
  const isOperation = (node) => ["operation", "part", "fold"].includes(node.kind);

  function headingOf(node) {
    if (node.kind === "note") return node.op;
    return isOperation(node) ? `${symbolText(node)} = ${cut(node.op, 28)}` : symbolText(node);
  }

  /** Return the quieter lines of a box: what it stands for, its shape, how it was called. */
  function smallOf(node) {
    if (node.kind === "note") return [];
    const shape = [node.shape ? shaped(node.shape) : "", node.brief].filter(Boolean).join(" · ");
    return [...node.detail.map((text) => cut(text, 36)), shape].filter(Boolean);
  }

  function titleOf(group) {
    const words = [group.name, group.title].filter(Boolean).map((text) => cut(text, 32));
    return words.join(" · ") + (group.count > 1 ? ` × ${group.count.toLocaleString("en")}` : "");
  }

  const texts = {
    lines: (node) => ({
      heading: headingOf(node),
      reference: symbolText(node),
      small: smallOf(node),
      places: (node.value ? 1 : 0) + (node.totals.length ? 1 : 0),
      live: [short(node.value), ...node.totals.map(([, step]) => `∂ ${short(step.total)}`)],
    }),
    group: (group) => [
      titleOf(group),
      `${group.operations.toLocaleString("en")} operation${group.operations === 1 ? "" : "s"}`,
    ],
  };
  /** Return the last of a node's cotangents so far: the step that made it, or undefined. */
  function arrived(node, at) {
    let last;
    for (const [i, step] of node.totals) if (i < at) last = step;
    return last;
  }

  // One box

  const entry = (list, term, ...values) => list.append(html("dt", {}, term), html("dd", {}, ...values));

  /** Return what there is to say of a box, of a node (n7) or a group (g2). */
  function about(key) {
    const index = Number(key.slice(1));
    return key[0] === "g" ? aboutGroup(groups[index], index) : aboutNode(nodes[index]);
  }

  function aboutGroup(group, index) {
    const [heading, size] = texts.group(group),
      list = html("dl");
    entry(list, "holds", size);
    const counts = new Map();
    for (const node of nodes)
      if (isOperation(node) && within(node.group, index)) counts.set(node.op, (counts.get(node.op) || 0) + 1);
    const most = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 8)
      .map(([op, n]) => `${cut(op, 24)} × ${n}`);
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
    if (node.change) entry(list, "change", node.change);
    if (node.value) entry(list, "value", numbers(node.value, "node-value"));
    if (node.cotangent) entry(list, "gradient", numbers(node.cotangent, "node-gradient"));
    if (node.origin) entry(list, "recorded at", html("code", {}, node.origin));
    const kind = ` ${KINDS[node.kind] ?? node.kind}${node.output ? ", output" : ""}`;
    const parts = [html("h3", {}, headingOf(node), html("small", {}, kind)), list];
    if (node.formula >= 0) parts.splice(1, 0, line(...evaluated(node)));
    for (const i of node.into) {
      if (edges[i].rule < 0) continue;
      parts.push(label("sends back to ", symbolText(nodes[edges[i].tail])), line(...rule(edges[i])));
    }
    return parts;
  }

  // Formulas

  /** Return what stands for an operand in a formula: a symbol, or the number itself of a constant scalar. */
  function operand(node, name) {
    for (const i of node.into) {
      const { tail, operand: called } = edges[i];
      if (called !== name) continue;
      const constant =
        nodes[tail].kind === "constant" && nodes[tail].value?.data && !nodes[tail].shape.length && !nodes[tail].name;
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
  const rule = (edge) => [
    partial(whole(), symbol(nodes[edge.tail])),
    "←",
    formula(formulas[edge.rule], filled(nodes[edge.head])),
  ];

  // The panel: one step

  const label = (...parts) => html("p", { class: "caption" }, ...parts);

  const STEPS = {
    forward(step) {
      const node = nodes[step.node],
        parts = [];
      if (isOperation(node)) {
        if (node.kind !== "fold")
          parts.push(line(...(node.formula >= 0 ? evaluated(node) : [symbol(node), "=", math("mtext", node.op)])));
        const inputs = [...new Set(node.into.map((i) => edges[i].tail))].filter((i) => nodes[i].kind !== "note");
        for (const i of inputs) parts.push(equal(symbol(nodes[i]), nodes[i].value, "input"));
        parts.push(html("hr"));
      }
      parts.push(equal(symbol(node), node.value, "value"));
      const name = symbolText(node),
        said = node.value ? `${name} is ${short(node.value)}` : `${name} is evaluated; its value was not kept`;
      return [isOperation(node) ? `${cut(node.op, 28)} gives ${name}` : `${name} is given`, parts, said];
    },
    seed(step) {
      const node = nodes[step.node],
        scalar = node.shape && !node.shape.length && outputs.length === 1;
      const summed = `${wholeText} is the sum of all elements of ${outputs.length > 1 ? "all outputs" : "the output"}`;
      const why = scalar ? "from the derivative of the output with respect to itself" : `from ones: ${summed}`;
      const parts = [
        html("p", {}, `The sweep starts ${why}.`),
        equal(partial(whole(), symbol(node)), step.total, "total"),
      ];
      return [`Start at ${symbolText(node)}`, parts, `the cotangent of ${symbolText(node)} is ${short(step.total)}`];
    },
    backward(step) {
      const edge = edges[step.edge],
        tail = nodes[edge.tail],
        head = nodes[edge.head];
      const parts = [];
      if (edge.rule >= 0) parts.push(line(...rule(edge)));
      parts.push(label("what has arrived"), equal(partial(whole(), symbol(head)), head.cotangent, "cotangent"));
      if (edge.slope)
        parts.push(
          label("times the local derivative"),
          equal(partial(symbol(head), symbol(tail)), edge.slope, "slope"),
        );
      parts.push(label(edge.slope ? "gives" : "goes through the rule and gives"));
      if (step.of > 1) parts.push(numbers(edge.flow, "contribution"), html("hr"));
      parts.push(...added(step, edge, tail));
      const name = symbolText(tail),
        sum = step.term > 1 ? `, added to what is there: ${step.total ? short(step.total) : "one more term"}` : "";
      return [
        `${symbolText(head)} → ${name}`,
        parts,
        `back through ${cut(head.op, 28)} to ${name}: ${short(edge.flow)}${sum}`,
      ];
    },
    elsewhere(step) {
      const node = nodes[step.node];
      const why = data.hidden
        ? "Operations that are not shown one by one contribute too."
        : "A hook has replaced the sum.";
      const parts = [html("p", {}, why), equal(partial(whole(), symbol(node)), step.total, "total")];
      return [`The rest for ${symbolText(node)}`, parts, `${symbolText(node)}: ${short(step.total)}`];
    },
  };

  const equal = (left, value, role) => html("div", { class: "equation" }, line(left, "="), numbers(value, role));

  /** Return the sum that a node's cotangent is so far, term by term where paths meet. */
  function added(step, edge, tail) {
    const parts = [];
    const left = partial(whole(), symbol(tail));
    if (step.of > 1) parts.push(label(`adds up: path ${step.term} of ${step.of} to `, symbolText(tail)));
    const before = tail.totals
      .filter(([, other]) => other.phase === "backward" && other.term < step.term)
      .map(([, other]) => edges[other.edge].flow);
    if (before.length && before.length < 4) {
      const terms = html("div", { class: "equation terms" }, line(left, "="));
      before.forEach((flow) => terms.append(numbers(flow, "earlier"), html("span", { class: "plus" }, "+")));
      terms.append(html("b", {}, numbers(edge.flow, "")));
      parts.push(terms);
    }
    const total = step.total
      ? numbers(step.total, "total")
      : html("i", {}, `a sum of ${step.term} of ${step.of} terms`);
    const sum =
      before.length && before.length < 4 ? html("span", { class: "equals" }, "=") : line(left.cloneNode(true), "=");
    parts.push(html("div", { class: "equation" }, sum, total));
    return parts;
  }

  // A step in a few words

  const PHASES = { forward: "Forward", seed: "Backward", backward: "Backward", elsewhere: "Backward" };
  const START =
    "Each step forward evaluates an operation; then each step backward sends a cotangent along an edge, times the " +
    "local derivative, and adds it up where paths meet.";

  /** Return what the panel says when some steps are done: where, a heading, the rest, and a sentence to be spoken. */
  function progress(at) {
    const step = steps[at - 1];
    const where = step ? `${PHASES[step.phase]}, step ${at} of ${steps.length}` : `Step 0 of ${steps.length}`;
    const start = ["Nothing is computed yet", [html("p", { class: "hint" }, START)], "before the first step"];
    const [heading, parts, said] = step ? STEPS[step.phase](step) : start;
    return { where, heading, parts, said: `${where}: ${said}.`, phase: step ? step.phase : "" };
  }

  return { about, arrived, headingOf, progress, texts };
};
