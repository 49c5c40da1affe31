import { essential, labelOf } from './view.js';

/** In px, at scale 1. */
const BOX_HEIGHT = 28;
const WIDEST = 340;
const GAP = 14;
const PADDING = 16;
/** Room for the name of a box that holds others. */
const HEAD = 28;
/** How much wider than high a picture should be: about as screens are. */
const ASPECT = 1.4;
/** Of more boxes than these only one direction is tried. */
const MOST_TRIED = 80;

/**
 * Places all boxes. What a box holds is laid out by itself, from the inside out: so it stays together, and laying out takes
 * little time however much there is.
 * @returns {{ boxes: Map<string, object>, lanes: object[], width: number, height: number }} boxes by id, with their left upper
 *   corners; lanes are the ways of the links that give the order, between neighbours in one box
 */
export function layOut(nodes, shown) {
  const inside = new Map();
  for (const node of shown.nodes) inside.set(node.parent, [...(inside.get(node.parent) ?? []), node]);
  const links = neighbourLinks(nodes, shown.links);
  const measure = (parent) => {
    const members = (inside.get(parent) ?? []).map((node) => {
      const group = inside.has(node.id) ? measure(node.id) : undefined;
      const own = Math.min(WIDEST, 20 + labelOf(nodes, node).length * 7);
      return {
        id: node.id,
        group,
        width: Math.max(own, group?.width ?? 0),
        height: group?.height ?? BOX_HEIGHT,
      };
    });
    const { spots, lanes, width, height } = arrange(members, essential(links.get(parent) ?? []));
    return { members, spots, lanes, width: width + 2 * PADDING, height: height + HEAD + PADDING };
  };
  const whole = measure(undefined);
  const picture = { boxes: new Map(), lanes: [], width: whole.width, height: whole.height };
  put(picture, whole, 0, 0);
  return picture;
}

/** Links as those between neighbours see them: of boxes in two packages, they are links of the packages. By the box around both. */
function neighbourLinks(nodes, links) {
  const around = (id) => {
    const chain = [id];
    for (let at = nodes.get(id).parent; at !== undefined; at = nodes.get(at).parent) chain.unshift(at);
    return chain;
  };
  const byHolder = new Map();
  for (const link of links) {
    const [a, b] = [around(link.from), around(link.to)];
    const level = a.findIndex((id, index) => id !== b[index]);
    const [from, to] = [a[level], b[level]];
    if (from === undefined || to === undefined) continue;
    const holder = a[level - 1];
    const known = byHolder.get(holder) ?? new Map();
    known.set(`${from} ${to}`, { from, to });
    byHolder.set(holder, known);
  }
  return new Map([...byHolder].map(([holder, known]) => [holder, [...known.values()]]));
}

/** Places neighbours: those with links in their order, the others in rows below. */
function arrange(members, links) {
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const ordered = inOrder(
    members.filter(({ id }) => linked.has(id)),
    links,
  );
  const others = members.filter(({ id }) => !ordered.spots.has(id));
  const area = others.reduce((sum, { width, height }) => sum + (width + GAP) * (height + GAP), 0);
  const widest = Math.max(ordered.width, Math.sqrt(area * ASPECT), ...others.map(({ width }) => width));
  let [x, y, rowHeight, width] = [0, ordered.height === 0 ? 0 : ordered.height + GAP, 0, ordered.width];
  for (const member of others) {
    if (x > 0 && x + member.width > widest) [x, y, rowHeight] = [0, y + rowHeight + GAP, 0];
    ordered.spots.set(member.id, { x, y });
    rowHeight = Math.max(rowHeight, member.height);
    x += member.width + GAP;
    width = Math.max(width, x - GAP);
  }
  return { ...ordered, width, height: others.length === 0 ? ordered.height : y + rowHeight };
}

/** Places what has links, from left to right or from top to bottom, as it is nearer to the shape of a screen. */
function inOrder(members, links) {
  if (members.length === 0) return { spots: new Map(), lanes: [], width: 0, height: 0 };
  const ways = members.length > MOST_TRIED ? ['LR'] : ['LR', 'TB'];
  const tried = ways.flatMap((way) => directed(members, links, way) ?? []);
  const cost = ({ width, height }) => Math.max(width / ASPECT, height);
  const [best] = tried.sort((a, b) => cost(a) - cost(b));
  return best ?? { spots: new Map(), lanes: [], width: 0, height: 0 };
}

function directed(members, links, rankdir) {
  const layout = new dagre.graphlib.Graph();
  layout.setGraph({ rankdir, nodesep: GAP, edgesep: 10, ranksep: rankdir === 'LR' ? 56 : 40 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of members) layout.setNode(id, { width, height });
  for (const { from, to } of links) layout.setEdge(from, to);
  try {
    dagre.layout(layout);
  } catch {
    // The library gives up on some graphs. Rows are better than no picture.
    return undefined;
  }
  const { width, height } = layout.graph();
  const spots = members.map(({ id, width: w, height: h }) => {
    const { x, y } = layout.node(id);
    return [id, { x: x - w / 2, y: y - h / 2 }];
  });
  const lanes = links.map((link) => ({ ...link, points: layout.edge(link.from, link.to).points }));
  return { spots: new Map(spots), lanes, width, height };
}

/** Puts what a box holds to where the box is. */
function put(picture, { members, spots, lanes }, left, top) {
  const [x, y] = [left + PADDING, top + HEAD];
  for (const { id, group, width, height } of members) {
    const spot = spots.get(id);
    const box = { x: x + spot.x, y: y + spot.y, width, height };
    picture.boxes.set(id, box);
    if (group !== undefined) put(picture, group, box.x, box.y);
  }
  for (const { from, to, points } of lanes) {
    picture.lanes.push({ from, to, points: points.map((point) => ({ x: x + point.x, y: y + point.y })) });
  }
}
