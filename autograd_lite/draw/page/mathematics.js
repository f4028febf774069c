"use strict";
/*
 * Formulas as MathML, and numbers as text and tables. Everything is built element by element and filled with
 * textContent: names come from the user's program and are never read as markup.
 */
const mathematics = (() => {
  const MATHML = "http://www.w3.org/1998/Math/MathML";

  function math(name, ...children) {
    const element = document.createElementNS(MATHML, name);
    element.append(...children);
    return element;
  }

  function html(name, properties, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key === "class") element.className = value;
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  const cut = (text, longest) => ([...text].length > longest ? [...text].slice(0, longest - 1).join("") + "…" : text);

  // Numbers

  /** Return a number to a few digits, as one writes it: −1.235e−7 becomes −1.235·10⁻⁷. */
  function rounded(value, digits = 4) {
    if (typeof value !== "number") return String(value).replace("inf", "∞").replace("-", "−");
    if (Number.isInteger(value) && Math.abs(value) < 1e6)
      return String(Object.is(value, -0) ? 0 : value).replace("-", "−");
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(digits))).replace("-", "−");
    const [front, power] = value.toExponential(digits - 1).split("e");
    const raised = [...String(Number(power))].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
    return `${String(Number(front)).replace("-", "−")}·10${raised}`;
  }

  /** Return an array in a few characters: itself if it is tiny, else its norm. */
  function short(value) {
    if (!value) return "";
    if (value.parts) return `(${value.parts.map((part) => (part ? short(part) : "0")).join(", ")})`;
    if (value.data && !value.shape.length) return rounded(value.data[0]);
    if (value.data && value.shape.length === 1 && value.data.length <= 3)
      return `[${value.data.map((entry) => rounded(entry, 3)).join(", ")}]`;
    return value.size ? `‖·‖ = ${rounded(value.norm)}` : "empty";
  }

  const shaped = (shape) => (shape.length ? shape.join(" × ") : "scalar");

  /** Return an element with an array in full if it is small, else with its shape, norm and range. */
  function numbers(value, role) {
    const box = html("span", { class: "numbers", "data-role": role || "" });
    if (!value) {
      box.append(html("i", {}, "not kept"));
      return box;
    }
    box.dataset.value = JSON.stringify(value);
    if (value.parts) {
      value.parts.forEach((part, i) =>
        box.append(html("div", {}, `[${i}] `, part ? numbers(part) : "nothing arrived")),
      );
    } else if (!value.data) {
      box.append(
        html(
          "span",
          { class: "summary" },
          value.size
            ? `${shaped(value.shape)}, norm ${rounded(value.norm)}, from ${rounded(value.least)} to ${rounded(value.largest)}`
            : `${shaped(value.shape)}, empty`,
        ),
      );
    } else if (!value.shape.length) {
      box.append(rounded(value.data[0]));
    } else {
      box.append(table(value));
    }
    return box;
  }

  function table(value) {
    const columns = value.shape[value.shape.length - 1],
      body = html("tbody");
    for (let i = 0; i < value.data.length; i += columns) {
      body.append(
        html(
          "tr",
          {},
          ...value.data.slice(i, i + columns).map((entry) => html("td", {}, rounded(entry, columns > 2 ? 3 : 4))),
        ),
      );
    }
    if (value.shape.length === 1 && columns > 6)
      return html("span", { class: "wrapped" }, `[${value.data.map((entry) => rounded(entry, 3)).join(",  ")}]`);
    const label = `array of shape ${value.shape.join(" by ")}`;
    return html("table", { class: "matrix", "aria-label": label }, body);
  }

  // Formulas

  /** Return a name as one writes it in a formula: W1 with an index, several letters upright. */
  function named(text) {
    const indexed = /^([^\W\d_]+)_?(\d+)$/u.exec(text);
    if (indexed) return math("msub", math("mi", indexed[1]), math("mn", indexed[2]));
    return math("mi", cut(text, 24));
  }

  const letter = (node) => ({ operation: "v", part: "v", constant: "c", fold: "b" })[node.kind] ?? "x";

  /** Return the symbol of a node: its name, or with its number v, c for a constant, x for a leaf. */
  function symbol(node) {
    return node.name ? named(node.name) : math("msub", math("mi", letter(node)), math("mn", String(node.number)));
  }

  /** Return the same as plain text, for boxes and labels. */
  function symbolText(node) {
    if (node.name) return cut(node.name, 32);
    const digits = [...String(node.number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
    return letter(node) + digits;
  }

  const BUILT = {
    row: (parts) => math("mrow", ...parts),
    frac: (parts) => math("mfrac", ...parts),
    sup: (parts) => math("msup", ...parts),
    sub: (parts) => math("msub", ...parts),
    sqrt: (parts) => math("msqrt", ...parts),
    over: (parts) => math("mover", ...parts),
    under: (parts) => math("munder", ...parts),
  };

  /**
   * Return a formula as MathML.
   *
   * @param tree ["mi" | "mn" | "mo" | "mtext", text], ["row" | "frac" | …, ...trees], ["cases", [value, condition], …], or
   *   a place to be filled: ["g"], ["out"], ["arg", name]
   * @param fill what stands in those places: a function of the tree that returns an element
   */
  function formula(tree, fill) {
    const [kind, ...rest] = tree;
    if (kind === "g" || kind === "out" || kind === "arg") return fill(tree);
    if (kind === "cases") {
      const rows = rest.map((row) => math("mtr", ...row.map((entry) => math("mtd", formula(entry, fill)))));
      return math("mrow", math("mo", "{"), math("mtable", ...rows));
    }
    if (BUILT[kind]) return BUILT[kind](rest.map((part) => formula(part, fill)));
    return math(["mi", "mn", "mo", "mtext"].includes(kind) ? kind : "mtext", rest[0]);
  }

  /** Return ∂L/∂node. */
  function partial(of, by) {
    return math("mfrac", math("mrow", math("mo", "∂"), of), math("mrow", math("mo", "∂"), by));
  }

  /** Return a line of mathematics from MathML parts; text becomes an operator. */
  function line(...parts) {
    const inside = parts.map((part) => (typeof part === "string" ? math("mo", part) : part));
    const element = math("math", math("mrow", ...inside));
    element.setAttribute("displaystyle", "true");
    return element;
  }

  return { cut, formula, html, line, math, numbers, partial, rounded, shaped, short, symbol, symbolText };
})();
