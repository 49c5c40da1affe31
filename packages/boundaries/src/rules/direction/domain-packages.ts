import type { Edge } from '../../graph/project-graph.js';
import { compileGlobs } from '../../model/glob.js';
import { grouped } from '../../model/grouped.js';
import type { LayerPlace, Project } from '../../model/project.js';
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

/** A domain imports no database driver, web framework or client, nor by way of a file beside its folder. */
export const domainPackages: Rule = {
  id: 'domain-packages',
  why: 'A domain that imports a driver or a framework can be run only with it, and changes whenever it does.',
  check: ({ project, setting }) => {
    const scopes = layeredScopes(project);
    if (scopes.size === 0) return [];
    const edges = project.edges.filter(
      (edge) => (setting.tests || !project.isTest(edge.from)) && (setting.types || !edge.isTypeOnly),
    );
    const passage = passages(project, edges);
    return edges.flatMap((edge): Finding[] => {
      const place = project.layerOf(edge.from);
      if (place?.layer !== 'domain' || !scopes.has(place.scope)) return [];
      const direct = outsideOf(edge);
      const name = direct ?? passage(edge);
      return name === undefined ? [] : [told(project, edge, name, place, direct === undefined)];
    });
  },
};

function told(project: Project, edge: Edge, name: string, { scope }: LayerPlace, isByWay: boolean): Finding {
  const from = project.elementOf(edge.from);
  const way = isByWay && edge.to.kind === 'file' ? ` by way of ${edge.to.path}` : '';
  return edgeFinding(edge, {
    from: from.id,
    to: name,
    subject: name,
    message: `The domain of ${from.id} imports ${name}${way}.`,
    route: `Declare what the domain needs as an interface of its own (a repository, a gateway), and implement it with ${name} in ${scope}/${project.rules.hexagonal.infrastructure[0]}.`,
  });
}

const isOutside: (name: string) => boolean = compileGlobs(OUTSIDE);

function outsideOf(edge: Edge): string | undefined {
  const name = outerName(edge);
  return name !== undefined && isOutside(name) ? name : undefined;
}

/** What an edge leads to through files of no layer in the same module: one beside the domain would hide the driver. */
function passages(project: Project, edges: readonly Edge[]): (edge: Edge) => string | undefined {
  const byFile = grouped(
    edges.filter(({ from }) => project.layerOf(from) === undefined),
    ({ from }) => from,
  );
  const next = ({ from, to }: Edge): string | undefined => {
    if (to.kind !== 'file' || !project.graph.files.has(to.path) || !byFile.has(to.path)) return undefined;
    return project.elementOf(to.path) === project.elementOf(from) ? to.path : undefined;
  };
  return (edge) => {
    const seen = new Set([next(edge) ?? []].flat());
    for (const path of seen) {
      for (const inner of byFile.get(path) ?? []) {
        const name = outsideOf(inner);
        if (name !== undefined) return name;
        const further = next(inner);
        if (further !== undefined) seen.add(further);
      }
    }
    return undefined;
  };
}
