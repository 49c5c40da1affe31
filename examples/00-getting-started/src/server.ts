// #region guide
// src/server.ts: the program as it runs in production
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { postgres } from '@mortar/postgres';
import { sqlite } from '@mortar/sqlite';
import { createApp, stopOnSignals } from 'mortar';
import { answer } from './edge.js';
import { shop } from './shop/module.js';
import { warehouse } from './warehouse/module.js';

const url = process.env['DATABASE_URL']; // postgres://user:password@host:5432/database
const store = url === undefined ? sqlite('shop.db') : postgres(url);
const app = await createApp({ modules: [shop, warehouse], store });
await app.start(); // before it listens

const server = createServer(async (request, response) => {
  const [status, text] = await answer(app, request);
  response.writeHead(status).end(text);
});
server.listen(Number(process.env['PORT'] ?? 3000));

stopOnSignals(
  {
    stop: async (options) => {
      server.close(); // takes nothing new; requests under way have five seconds
      await Promise.race([once(server, 'close'), setTimeout(5_000)]);
      await app.stop(options); // handlers that run end and are committed
      console.log('stopped');
    },
  },
  { timeoutMs: 20_000 },
);
// #endregion
