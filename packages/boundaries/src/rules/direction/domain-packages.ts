import type { BoundaryRules } from '../../config/load-rules.js';
import type { Edge } from '../../graph/project-graph.js';
import type { Element } from '../../model/element.js';
import { compileGlobs } from '../../model/glob.js';
import { grouped } from '../../model/grouped.js';
import type { LayerPlace, Project } from '../../model/project.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';
import { layeredScopes } from './hexagonal.js';
import { outerName } from './packages.js';
import { FRAMEWORK, firstOnTheWay } from './passage.js';

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

/** A domain imports no database driver, web framework or client, nor by way of a file or package of the project. */
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

/** Whether a rule speaks of a package of npm: one that the configuration grants or denies, or that no domain may import. */
export function isNamedByRules({ packages }: BoundaryRules, name: string): boolean {
  const patterns = packages.flatMap(({ allow = [], deny = [] }) => [...allow, ...deny]);
  return isOutside(name) || compileGlobs(patterns)(name);
}

function outsideOf(edge: Edge): string | undefined {
  const name = outerName(edge);
  return name !== undefined && isOutside(name) ? name : undefined;
}

/**
 * What an edge leads to through files of no layer in the same module, one of which would hide the driver, or through those of
 * other packages and what lies around the module. Out there a type loads nothing.
 */
function passages(project: Project, edges: readonly Edge[]): (edge: Edge) => string | undefined {
  const edgesFrom = grouped(edges, ({ from }) => from);
  const known = new Map<string, string | undefined>();
  const nextOf = ({ to, isTypeOnly }: Edge, home: Element): string | undefined => {
    if (to.kind !== 'file' || !project.graph.files.has(to.path)) return undefined;
    const element = project.elementOf(to.path);
    if (element === home) return project.layerOf(to.path) === undefined ? to.path : undefined;
    return isTypeOnly || element.package === FRAMEWORK ? undefined : to.path;
  };
  const search = (start: string, home: Element): string | undefined =>
    firstOnTheWay(start, edgesFrom, (edge) => {
      const isInside = project.elementOf(edge.from) === home;
      const name = isInside || !edge.isTypeOnly ? outsideOf(edge) : undefined;
      if (name !== undefined) return { found: name };
      const next = nextOf(edge, home);
      return next === undefined ? undefined : { next };
    });
  return (edge) => {
    const home = project.elementOf(edge.from);
    const start = nextOf(edge, home);
    if (start === undefined) return undefined;
    const key = `${home.id}\0${start}`;
    if (!known.has(key)) known.set(key, search(start, home));
    return known.get(key);
  };
}
