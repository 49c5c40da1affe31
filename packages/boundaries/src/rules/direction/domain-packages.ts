import { compileGlobs } from '../../model/glob.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';
import { layeredScopes } from './hexagonal.js';
import { outerName } from './packages.js';

/** Packages that tie who imports them to a database, a broker, the web or a machine. */
const OUTSIDE = [
  '{pg,pg-*,postgres,mysql,mysql2,mariadb,mssql,tedious,oracledb,better-sqlite3,sqlite3,sqlite,mongodb,mongoose,redis,ioredis,cassandra-driver,neo4j-driver,@prisma/client,prisma,knex,kysely,drizzle-orm,typeorm,sequelize,objection,@mikro-orm/*,@neondatabase/*,@libsql/*}',
  '{@elastic/*,@opensearch-project/*,@aws-sdk/*,aws-sdk,@google-cloud/*,@azure/*,firebase,firebase-admin,@supabase/*}',
  '{amqplib,kafkajs,nats,@nats-io/*,bullmq,bull,mqtt,rhea,@confluentinc/*}',
  '{express,fastify,koa,hono,@hapi/hapi,@nestjs/*,restify,h3,elysia,next,react,react-dom,vue,svelte,@angular/*,solid-js}',
  '{axios,got,undici,node-fetch,ky,superagent,nodemailer,ws,socket.io,@grpc/grpc-js}',
  '{node:fs,node:fs/*,node:http,node:https,node:http2,node:net,node:tls,node:dgram,node:dns,node:dns/*,node:child_process,node:cluster,node:worker_threads,node:sqlite}',
  '{@mortar/sqlite,@mortar/postgres}',
];

/** A domain imports no database driver, web framework or client. */
export const domainPackages: Rule = {
  id: 'domain-packages',
  why: 'A domain that imports a driver or a framework can be run only with it, and changes whenever it does.',
  check: ({ project, setting }) => {
    const scopes = layeredScopes(project);
    const isOutside = compileGlobs(OUTSIDE);
    return project.edges.flatMap((edge): Finding[] => {
      if ((!setting.tests && project.isTest(edge.from)) || (!setting.types && edge.isTypeOnly)) return [];
      const place = project.layerOf(edge.from);
      const name = outerName(edge);
      if (place?.layer !== 'domain' || !scopes.has(place.scope) || name === undefined || !isOutside(name))
        return [];
      const from = project.elementOf(edge.from);
      return [
        edgeFinding(edge, {
          from: from.id,
          to: name,
          subject: name,
          message: `The domain of ${from.id} imports ${name}.`,
          route: `Declare what the domain needs as an interface of its own (a repository, a gateway), and implement it with ${name} in ${place.scope}/${project.rules.hexagonal.infrastructure[0]}.`,
        }),
      ];
    });
  },
};
