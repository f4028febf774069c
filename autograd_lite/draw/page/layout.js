"use strict";
/*
 * A layered layout of boxes that may hold other boxes.
 *
 * Layers, dummies on long edges, crossings reduced by barycentres: K. Sugiyama, S. Tagawa & M. Toda, Methods for visual
 * understanding of hierarchical system structures (1981). Within a layer the places nearest to where the neighbours are,
 * in the sense of weighted least squares, come from pooling adjacent violators: M. Ayer et al., An empirical distribution
 * function for sampling with incomplete information (1955).
 *
 * An open group is laid out first and is then one box of its parent's layout; edges through its border pass ports on it.
 */
const layout = (() => {
  const GAP = 20,
    THIN = 10,
    BETWEEN = 40,
    PAD = 16,
    HEADER = 26,
    SPINE = 30,
    SIDE = 0.2;

  /** Return, for each item, the layer it is in, and which links had to be turned around because they close a cycle. */
  function layered(items, links) {
    const outs = items.map(() => []),
      ins = items.map(() => []);
    links.forEach((link) => {
      outs[link.tail].push(link);
      ins[link.head].push(link);
    });
    const waiting = ins.map((list) => list.length),
      layer = items.map(() => 0),
      done = items.map(() => false);
    const order = [],
      stack = [];
    let next = 0;
    for (let i = items.length - 1; i >= 0; i--) if (!waiting[i]) stack.push(i);
    while (order.length < items.length) {
      if (!stack.length) {
        // a cycle among what is left: its first item in the order of recording goes ahead
        while (done[next]) next++;
        stack.push(next);
      }
      const item = stack.pop();
      if (done[item]) continue;
      done[item] = true;
      order.push(item);
      for (const link of outs[item]) {
        if (done[link.head]) {
          link.turned = true;
          continue;
        }
        layer[link.head] = Math.max(layer[link.head], layer[item] + 1);
        if (--waiting[link.head] === 0) stack.push(link.head);
      }
    }
    // The longest way to each item is its spine, which shall be straight; what else comes in stands beside it.
    ins.forEach((list) => {
      const forward = list.filter((link) => !link.turned);
      const deepest = Math.max(...forward.map((link) => layer[link.tail]));
      const spines = forward.filter((link) => layer[link.tail] === deepest).length;
      for (const link of list) link.weight = !link.turned && layer[link.tail] === deepest ? SPINE / spines : SIDE;
    });
    // What is read late need not stand early: an item with more readers than inputs moves down to them, and so does one
    // that hangs on nothing but leaves.
    const loose = items.map(() => false);
    for (const item of order) {
      loose[item] =
        items[item].port !== "top" && ins[item].every((link) => !link.turned && (link.light || loose[link.tail]));
    }
    for (let i = order.length - 1; i >= 0; i--) {
      const item = order[i],
        ahead = outs[item].filter((link) => !link.turned);
      if (!ahead.length || items[item].port) continue;
      const behind = ins[item].filter((link) => !link.turned).length;
      if (loose[item] || ahead.length > behind) layer[item] = Math.min(...ahead.map((link) => layer[link.head])) - 1;
    }
    const shift = items.some((item) => item.port === "top") ? 1 : 0;
    items.forEach((item, i) => {
      layer[i] = item.port === "top" ? 0 : layer[i] + shift;
    });
    const last = Math.max(...layer) + 1;
    items.forEach((item, i) => {
      if (item.port === "bottom") layer[i] = last;
    });
    const used = [...new Set(layer)].sort((a, b) => a - b),
      rank = new Map(used.map((value, i) => [value, i]));
    return layer.map((value) => rank.get(value));
  }

  /** Return layers of cells: items, references in place of edges across many layers, dummies on all other long edges. */
  function cells(items, links, layer, referenceWidth) {
    const layers = Array.from({ length: Math.max(...layer) + 1 }, () => []);
    const add = (cell, at) => {
      cell.layer = at;
      cell.above = [];
      cell.below = [];
      cell.x = 0;
      layers[at].push(cell);
      return cell;
    };
    const join = (upper, lower, weight, from, to) => {
      const piece = { upper, lower, weight, from, to };
      upper.below.push(piece);
      lower.above.push(piece);
      return piece;
    };
    const real = items.map((item, i) =>
      add({ item: i, width: item.width, height: item.height, port: item.port }, layer[i]),
    );
    for (const link of links) {
      const [a, b] = link.turned ? [link.head, link.tail] : [link.tail, link.head];
      const [from, to] = link.turned ? [link.to, link.from] : [link.from, link.to];
      const span = layer[b] - layer[a];
      let upper = real[a],
        start = from;
      if (span > link.longest && items[b].port !== "bottom" && !link.turned) {
        link.cut = true;
        upper = add({ link, reference: true, width: referenceWidth(link), height: 18 }, layer[b] - 1);
        start = 0;
        link.reference = upper;
      } else {
        link.dummies = [];
        for (let at = layer[a] + 1; at < layer[b]; at++) {
          const dummy = add({ dummy: true, width: 4, height: 0 }, at);
          const piece = join(upper, dummy, upper.dummy ? 8 : link.weight, start, 0);
          link.first ??= piece;
          link.dummies.push(dummy);
          upper = dummy;
          start = 0;
        }
      }
      link.last = join(upper, real[b], link.weight, start, to);
      link.first ??= link.last;
    }
    return { layers, real };
  }

  const renumber = (cellsOfLayer) =>
    cellsOfLayer.forEach((cell, i) => {
      cell.place = i;
    });

  /** Count the crossings between two neighbouring layers, with a Fenwick tree. */
  function crossings(upper, width) {
    const pieces = upper
      .flatMap((cell) => cell.below)
      .map((p) => [p.upper.place + p.from / 1e6, p.lower.place + p.to / 1e6]);
    pieces.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const tree = new Array(width + 2).fill(0);
    let count = 0;
    pieces.forEach(([, place], seen) => {
      let at = Math.floor(place + 0.5) + 1,
        left = 0;
      for (let i = at; i > 0; i -= i & -i) left += tree[i];
      count += seen - left;
      for (; at < tree.length; at += at & -at) tree[at] += 1;
    });
    return count;
  }

  /** Order each layer so that few edges cross. */
  function ordered(layers) {
    layers.forEach(renumber);
    const total = () => layers.slice(0, -1).reduce((sum, row, i) => sum + crossings(row, layers[i + 1].length), 0);
    const save = () => layers.map((row) => row.slice());
    const size = layers.reduce((sum, row) => sum + row.length, 0);
    let best = save(),
      fewest = total();
    for (let round = 0; round < (size > 1500 ? 6 : 16) && fewest; round++) {
      const down = round % 2 === 0;
      for (const row of down ? layers : layers.slice().reverse()) {
        for (const cell of row) {
          const pieces = down ? cell.above : cell.below;
          const places = pieces.map((p) => (down ? p.upper.place + p.from / 1e4 : p.lower.place + p.to / 1e4));
          cell.wish = places.length ? places.reduce((a, b) => a + b, 0) / places.length : cell.place;
        }
        row.sort((a, b) => a.wish - b.wish || (round % 4 < 2 ? a.place - b.place : b.place - a.place));
        renumber(row);
      }
      const count = total();
      if (count < fewest) {
        fewest = count;
        best = save();
      }
    }
    best.forEach(renumber);
    return best;
  }

  const apart = (a, b) => (a.width + b.width) / 2 + (a.dummy || b.dummy || a.port || b.port ? THIN : GAP);

  /** Move the cells of a layer as near to their wishes as order and distances allow (pool adjacent violators). */
  function pooled(row) {
    const blocks = [];
    let offset = 0;
    row.forEach((cell, i) => {
      if (i) offset += apart(row[i - 1], cell);
      cell.offset = offset;
      blocks.push({ sum: (cell.wish - offset) * cell.force, force: cell.force, count: 1 });
      while (blocks.length > 1) {
        const b = blocks[blocks.length - 1],
          a = blocks[blocks.length - 2];
        if (a.sum / a.force <= b.sum / b.force) break;
        a.sum += b.sum;
        a.force += b.force;
        a.count += b.count;
        blocks.pop();
      }
    });
    let i = 0;
    for (const block of blocks) {
      for (let k = 0; k < block.count; k++, i++) row[i].x = block.sum / block.force + row[i].offset;
    }
  }

  /** Give every cell its x. */
  function placed(layers) {
    for (const row of layers) {
      row.forEach((cell, i) => {
        cell.x = i ? row[i - 1].x + apart(row[i - 1], cell) : 0;
      });
      const middle = row.length ? (row[0].x + row[row.length - 1].x) / 2 : 0;
      row.forEach((cell) => {
        cell.x -= middle;
      });
    }
    const size = layers.reduce((sum, row) => sum + row.length, 0),
      rounds = size > 1500 ? 10 : 24;
    for (let round = 0; round < rounds; round++) {
      const both = round >= rounds - 4,
        down = round % 2 === 0;
      for (const row of down ? layers : layers.slice().reverse()) {
        for (const cell of row) {
          let sum = 0,
            force = 0;
          if (both || down)
            for (const p of cell.above) {
              sum += p.weight * (p.upper.x + p.from - p.to);
              force += p.weight;
            }
          if (both || !down)
            for (const p of cell.below) {
              sum += p.weight * (p.lower.x + p.to - p.from);
              force += p.weight;
            }
          cell.wish = force ? sum / force : cell.x;
          cell.force = force || 0.01;
        }
        pooled(row);
      }
    }
  }

  /**
   * Lay out one level: items with sizes, links between them.
   *
   * @param items {width, height, port: "top" | "bottom" | undefined}; ports lie on the border
   * @param links {tail, head, light, longest, from, to}; light: from a leaf; longest: across how many layers it is drawn
   *   before a reference stands in for it; from and to: where on an open box, from its middle, it is tied
   * @returns {width, height, boxes: centres of the items, routes: for each link its points, or null where it is cut}
   */
  function level(items, links, referenceWidth) {
    if (!items.length) return { width: 40, height: 20, boxes: [], routes: [], references: [] };
    const { layers, real } = cells(items, links, layered(items, links), referenceWidth);
    const rows = ordered(layers);
    placed(rows);
    let left = Infinity,
      right = -Infinity,
      y = 0;
    const border = (row) => row.every((cell) => cell.port || cell.dummy);
    rows.forEach((row, i) => {
      const height = Math.max(0, ...row.map((cell) => cell.height));
      for (const cell of row) {
        cell.top = y;
        cell.bottom = y + height;
        cell.y = y + height / 2;
        left = Math.min(left, cell.x - cell.width / 2);
        right = Math.max(right, cell.x + cell.width / 2);
      }
      y += height;
      if (i < rows.length - 1) y += border(row) || border(rows[i + 1]) ? BETWEEN / 2 : BETWEEN;
    });
    spread(real, items);
    const routes = links.map((link) => {
      const [a, b] = link.turned ? [real[link.head], real[link.tail]] : [real[link.tail], real[link.head]];
      const end = [b.x + link.last.to, b.y - b.height / 2];
      if (link.cut) return [[link.reference.x, link.reference.y + link.reference.height / 2], end];
      const route = [[a.x + link.first.from, a.y + a.height / 2], ...between(link), end];
      return link.turned ? route.reverse() : route;
    });
    const moved = (point) => [point[0] - left, point[1]];
    return {
      width: right - left,
      height: y,
      boxes: real.map((cell) => ({ x: cell.x - left, y: cell.y })),
      routes: routes.map((route) => route.map(moved)),
      references: links
        .filter((link) => link.cut)
        .map((link) => ({ link, x: link.reference.x - left, y: link.reference.y, width: link.reference.width })),
    };
  }

  const between = (link) =>
    link.dummies.flatMap(({ x, top, bottom }) =>
      bottom > top
        ? [
            [x, top],
            [x, bottom],
          ]
        : [[x, top]],
    );

  /** Let the edges into a box arrive side by side, in the order of where they come from. */
  function spread(real, items) {
    for (const cell of real) {
      if (items[cell.item].port || items[cell.item].open) continue;
      for (const [pieces, side, other] of [
        [cell.above, "to", "upper"],
        [cell.below, "from", "lower"],
      ]) {
        const room = Math.min(items[cell.item].room ?? 16, (cell.width - 24) / Math.max(1, pieces.length));
        pieces
          .slice()
          .sort((p, q) => p[other].x - q[other].x)
          .forEach((piece, i, all) => {
            piece[side] = all.length > 4 && side === "from" ? 0 : (i - (all.length - 1) / 2) * room;
          });
      }
    }
  }

  /** Return the SVG path through some points, leaving and arriving along the flow. */
  function path(points) {
    const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
    let text = `M${at(points[0])}`;
    for (let i = 1; i < points.length; i++) {
      const [x, y] = points[i - 1],
        [u, v] = points[i],
        half = (v - y) / 2;
      text += Math.abs(x - u) < 0.5 ? `L${at([u, v])}` : `C${at([x, y + half])} ${at([u, v - half])} ${at([u, v])}`;
    }
    return text;
  }

  return { level, path, PAD, HEADER };
})();
