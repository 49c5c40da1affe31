import type { BoundaryRules } from '../config/load-rules.js';
import type { ProjectGraph } from '../graph/project-graph.js';
import { drawDot } from './dot.js';
import { drawHtml } from './html.js';
import { drawMermaid } from './mermaid.js';
import { type Picture, pictureOf } from './picture.js';

/** The formats that a graph can be drawn in. */
export const drawingFormats = ['mermaid', 'dot', 'html', 'json'] as const;

/** One of the formats. */
export type DrawingFormat = (typeof drawingFormats)[number];

/** The number of the shape of the JSON; fields may be added under it, and none is taken away or changes its meaning. */
const FORMAT_VERSION = 1;

const drawers: Readonly<Record<DrawingFormat, (picture: Picture) => string>> = {
  mermaid: drawMermaid,
  dot: drawDot,
  html: drawHtml,
  json: (picture) => `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...picture }, undefined, 2)}\n`,
};

/** The modules of a project and what they take of each other, as text. */
export function drawGraph(graph: ProjectGraph, rules: BoundaryRules, as: DrawingFormat): string {
  return drawers[as](pictureOf(graph, rules));
}
