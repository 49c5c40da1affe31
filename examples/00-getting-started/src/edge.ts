// #region guide
// src/edge.ts: what HTTP may ask of the app. Any web framework will do; this is what Node has
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { type DurableApp, type ErrorCategory, type InputOf, MortarError } from 'mortar';
import { metricsOf } from './metrics.js';
import { PlaceOrder } from './shop/contract.js';

type Answer = readonly [status: number, text: string];

const STATUS: Partial<Record<ErrorCategory, number>> = { validation: 400, permission: 403, conflict: 409 };

export async function answer(app: DurableApp, request: IncomingMessage): Promise<Answer> {
  try {
    if (request.url === '/live') return [200, 'alive\n']; // of the process alone: a store that is away is no reason to kill it
    if (request.url === '/ready') return await readiness(app);
    if (request.url === '/metrics') return [200, await metricsOf(app)];
    if (request.url === '/orders' && request.method === 'POST') return await placeOrder(app, request);
    return [404, 'nothing is here\n'];
  } catch (error) {
    if (!(error instanceof MortarError)) return [error instanceof SyntaxError ? 400 : 500, `${error}\n`];
    const { code, category, issues } = error;
    return [STATUS[category] ?? 503, `${JSON.stringify({ code, issues })}\n`];
  }
}

async function readiness(app: DurableApp): Promise<Answer> {
  const { status } = await app.health();
  return [status === 'unhealthy' ? 503 : 200, `${status}\n`];
}

async function placeOrder(app: DurableApp, request: IncomingMessage): Promise<Answer> {
  const idempotencyKey = String(request.headers['idempotency-key'] ?? randomUUID());
  const order = (await json(request)) as InputOf<typeof PlaceOrder>; // which dispatch checks
  await app.dispatch(PlaceOrder, order, { idempotencyKey });
  return [202, `accepted ${order.orderId}\n`]; // it is on disk now
}
// #endregion
